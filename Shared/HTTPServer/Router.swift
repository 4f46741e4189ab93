/// The routes of a service: a method and a path template each, such as `/v1/invoices/{id}`.
///
/// A literal segment goes before a parameter, whatever the order of registration. HEAD is answered by GET, OPTIONS by
/// the router itself, and a slash at the end of a path is tolerated.
public struct Router: Sendable {
    private var routesByLength: [Int: [Route]] = [:]
    private var prefix = ""
    private var middleware: [any Middleware] = []

    /// Starts without routes.
    public init() {}

    /// Adds a route that reads.
    public mutating func get(_ template: String, handler: @escaping HTTPHandler) {
        add(.get, template, handler)
    }

    /// Adds a route that creates or acts.
    public mutating func post(_ template: String, handler: @escaping HTTPHandler) {
        add(.post, template, handler)
    }

    /// Adds a route that replaces.
    public mutating func put(_ template: String, handler: @escaping HTTPHandler) {
        add(.put, template, handler)
    }

    /// Adds a route that changes a part.
    public mutating func patch(_ template: String, handler: @escaping HTTPHandler) {
        add(.patch, template, handler)
    }

    /// Adds a route that removes.
    public mutating func delete(_ template: String, handler: @escaping HTTPHandler) {
        add(.delete, template, handler)
    }

    /// Adds a route of any method.
    public mutating func add(_ method: HTTPMethod, _ template: String, _ handler: @escaping HTTPHandler) {
        let whole = prefix + template
        let composed = middleware.reversed().reduce(handler) { next, middleware in
            { request in try await middleware.handle(request, next: next) }
        }
        let segments = Route.segments(of: whole)
        var routes = routesByLength[segments.count] ?? []
        if let index = routes.firstIndex(where: { $0.hasSameShape(as: segments) }) {
            precondition(
                routes[index].template == whole, "\(whole) and \(routes[index].template) are the same path")
            precondition(routes[index].handlers[method] == nil, "\(method.rawValue) \(whole) is added twice")
            routes[index].handlers[method] = composed
        } else {
            routes.append(Route(template: whole, segments: segments, handlers: [method: composed]))
            routes.sort { $0.isMoreSpecific(than: $1) }
        }
        routesByLength[segments.count] = routes
    }

    /// Adds routes that share a prefix and middleware, the first of which is the outermost.
    public mutating func group(
        _ prefix: String = "", middleware: [any Middleware] = [], routes: (inout Router) -> Void
    ) {
        let outer = (self.prefix, self.middleware)
        self.prefix += prefix
        self.middleware += middleware
        routes(&self)
        (self.prefix, self.middleware) = outer
    }

    /// All routes as method and template, in a stable order.
    public var templates: [(method: HTTPMethod, template: String)] {
        routesByLength.values.joined()
            .flatMap { route in route.handlers.keys.map { (method: $0, template: route.template) } }
            .sorted { ($0.template, $0.method.rawValue) < ($1.template, $1.method.rawValue) }
    }

    /// What is to be done with a request.
    enum Resolution {
        case handler(HTTPHandler, route: String, PathParameters)
        case options([HTTPMethod], route: String)
        case methodNotAllowed([HTTPMethod], route: String)
        case notFound
    }

    func resolve(_ method: HTTPMethod, _ segments: [String]) -> Resolution {
        var allowed: Set<HTTPMethod> = []
        var firstTemplate: String?
        for route in routesByLength[segments.count] ?? [] where route.matches(segments) {
            if let handler = route.handlers[method == .head ? .get : method] {
                return .handler(handler, route: route.template, route.parameters(segments))
            }
            allowed.formUnion(route.allowed)
            firstTemplate = firstTemplate ?? route.template
        }
        guard let firstTemplate else { return .notFound }
        let methods = allowed.sorted { $0.rawValue < $1.rawValue }
        return method == .options
            ? .options(methods, route: firstTemplate) : .methodNotAllowed(methods, route: firstTemplate)
    }
}
