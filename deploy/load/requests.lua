-- Sends the requests of a file with wrk, one connection's worth after the other, and prints the figures as one line.
--
--   wrk -t1 -c32 -d10s -s requests.lua <address> -- <file> [once]
--
-- A line is method, path, bearer token and body with tabs between them. With `once` no line is sent twice.

local lines, position, once = {}, 0, false

function init(arguments)
    for line in io.lines(arguments[1]) do lines[#lines + 1] = line end
    once = arguments[2] == "once"
end

function request()
    position = position + 1
    if position > #lines then
        if once then wrk.thread:stop() end
        position = 1
    end
    local method, path, token, body = lines[position]:match("^(%S+)\t(%S+)\t(%S+)\t(.*)$")
    local headers = { ["Authorization"] = "Bearer " .. token }
    if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
    return wrk.format(method, path, headers, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "figures %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
