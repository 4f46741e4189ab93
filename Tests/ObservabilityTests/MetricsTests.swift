import Testing

@testable import Observability

@Suite struct MetricsTests {
    @Test("the text names each family once and lists its series in a stable order")
    func counters() {
        let metrics = Metrics()
        let requests = metrics.counter(
            "http_requests_total", "Requests served.", labels: ["method", "route"])
        requests.add(2, "POST", "/v1/invoices")
        requests.add(1, "GET", "/v1/invoices/{id}")
        metrics.gauge("queue_depth", "Waiting work.").set(1.5)
        #expect(
            metrics.prometheusText() == """
                # HELP http_requests_total Requests served.
                # TYPE http_requests_total counter
                http_requests_total{method="GET",route="/v1/invoices/{id}"} 1
                http_requests_total{method="POST",route="/v1/invoices"} 2
                # HELP queue_depth Waiting work.
                # TYPE queue_depth gauge
                queue_depth 1.5

                """)
    }

    @Test("a histogram counts cumulatively, and an observation on a limit belongs to that bucket")
    func histograms() {
        let metrics = Metrics()
        let family = metrics.histogram("wait_seconds", "Waiting.", labels: ["queue"], buckets: [0.1, 1])
        family.with("a").observe(seconds: 0.1)
        family.with("a").observe(.milliseconds(500))
        family.with("a").observe(seconds: 20)
        let text = metrics.prometheusText()
        #expect(text.contains(#"wait_seconds_bucket{queue="a",le="0.1"} 1"#))
        #expect(text.contains(#"wait_seconds_bucket{queue="a",le="1"} 2"#))
        #expect(text.contains(#"wait_seconds_bucket{queue="a",le="+Inf"} 3"#))
        #expect(text.contains(#"wait_seconds_sum{queue="a"} 20.6"#))
        #expect(text.contains(#"wait_seconds_count{queue="a"} 3"#))
    }

    @Test("label values are escaped")
    func escaping() {
        let metrics = Metrics()
        metrics.counter("odd_total", "a\nb", labels: ["x"]).add(1, "q\"\\\n")
        #expect(metrics.prometheusText().contains(#"odd_total{x="q\"\\\n"} 1"#))
        #expect(metrics.prometheusText().contains(#"# HELP odd_total a\nb"#))
    }

    @Test("registering a name again gives the same family")
    func sameFamily() {
        let metrics = Metrics()
        metrics.counter("a_total", "A.").add()
        metrics.counter("a_total", "A.").add()
        #expect(metrics.counter("a_total", "A.").with().value == 2)
    }

    @Test("label values beyond the limit share one series")
    func cardinality() {
        let metrics = Metrics()
        let family = metrics.counter("many_total", "Many.", labels: ["id"])
        for number in 0..<(SeriesTable<Counter>.limit + 100) { family.add(1, String(number)) }
        #expect(family.with("other").value == 100)
    }

    @Test("counting from many tasks loses nothing")
    func concurrency() async {
        let metrics = Metrics()
        let counter = metrics.counter("hits_total", "Hits.").with()
        let gauge = metrics.gauge("level", "Level.").with()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.add()
                        gauge.add(1)
                    }
                }
            }
        }
        #expect(counter.value == 80_000)
        #expect(gauge.value == 80_000)
    }

    @Test("the process reports its own CPU time and memory")
    func process() {
        let metrics = Metrics()
        ProcessMetrics.register(in: metrics)
        let text = metrics.prometheusText()
        #expect(text.contains("# TYPE process_cpu_seconds_total counter"))
        #expect(text.contains("process_resident_memory_bytes"))
        #expect(ProcessMetrics.cpuSeconds() > 0)
    }
}
