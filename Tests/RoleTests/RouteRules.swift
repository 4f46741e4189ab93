import Primitives

/// The one table of who may call what, by service; a route that is missing here fails the test.
enum RouteRules {
    static let identity = [
        RouteRule("GET /.well-known/jwks.json", .everybody),
        RouteRule("POST /v1/sign-up", .everybody),
        RouteRule("POST /v1/verifications", .everybody),
        RouteRule("POST /v1/sessions", .everybody),
        RouteRule("POST /v1/sessions/refresh", .everybody),
        RouteRule("DELETE /v1/sessions/current", .signedIn),
        RouteRule("GET /v1/me", .signedIn),
        RouteRule("PATCH /v1/me", .signedIn),
        RouteRule("POST /v1/me/email", .signedIn),
        RouteRule("POST /v1/me/totp", .signedIn),
        RouteRule("POST /v1/me/totp/confirm", .signedIn),
        RouteRule("DELETE /v1/me/totp", .signedIn),
        RouteRule("GET /v1/me/export", .signedIn),
        RouteRule("POST /v1/me/erasure", .signedIn),
        RouteRule("GET /v1/me/audit_events", .signedIn),
        RouteRule("GET /v1/audit_events", .admins),
        RouteRule("GET /v1/sessions", .signedIn),
        RouteRule("DELETE /v1/sessions", .signedIn),
        RouteRule("DELETE /v1/sessions/{id}", .signedIn),
        RouteRule("POST /v1/verifications/resend", .signedIn),
        RouteRule("POST /v1/password_resets", .everybody),
        RouteRule("POST /v1/password_resets/{token}", .everybody),
        RouteRule("POST /v1/password", .signedIn),
        RouteRule("POST /v1/invitations", .members),
        RouteRule("GET /v1/invitations", .members),
        RouteRule("GET /v1/invitations/{invitation}", .everybody),
        RouteRule("POST /v1/invitations/{invitation}/accept", .everybody),
        RouteRule("POST /v1/invitations/{invitation}/resend", .members),
        RouteRule("DELETE /v1/invitations/{invitation}", .members),
        RouteRule("GET /v1/organizations", .signedIn),
        RouteRule("GET /v1/organizations/{id}", .members),
        RouteRule("PATCH /v1/organizations/{id}", .admins),
        RouteRule("GET /v1/organizations/{id}/logo", .everybody),
        RouteRule("PUT /v1/organizations/{id}/logo", .admins),
        RouteRule("DELETE /v1/organizations/{id}/logo", .admins),
        RouteRule("POST /v1/api_keys", .owners),
        RouteRule("GET /v1/api_keys", .owners),
        RouteRule("POST /v1/api_keys/{id}/rotate", .owners),
        RouteRule("DELETE /v1/api_keys/{id}", .owners),
        RouteRule("POST /v1/api_clients", .owners),
        RouteRule("GET /v1/api_clients", .owners),
        RouteRule("POST /v1/api_clients/{id}/rotate", .owners),
        RouteRule("DELETE /v1/api_clients/{id}", .owners),
        RouteRule("POST /oauth/token", .everybody),
        RouteRule("GET /v1/members", .members),
        RouteRule("PATCH /v1/members/{account_id}", .admins),
        RouteRule("DELETE /v1/members/{account_id}", .admins),
    ]

    static let invoice = [
        RouteRule("POST /v1/customers", .members, body: #"{"name":"Client"}"#),
        RouteRule("GET /v1/customers", .members),
        RouteRule("GET /v1/customers/{id}", .members),
        RouteRule("PATCH /v1/customers/{id}", .members),
        RouteRule(
            "POST /v1/invoices", .members,
            body: """
                {"customer_id":"\(CustomerID(.v7()))","due_date":"2027-02-28","title":"Consulting",
                 "line_items":[{"description":"Support","amount":"19.99"}]}
                """),
        RouteRule("GET /v1/invoices", .membersAndPayers),
        RouteRule("GET /v1/invoices/stats", .members),
        RouteRule("GET /v1/invoices/{id}", .membersAndPayers),
        RouteRule("GET /v1/invoices/{id}/events", .members),
        RouteRule("PUT /v1/invoices/{id}", .members),
        RouteRule("DELETE /v1/invoices/{id}", .members),
        RouteRule("POST /v1/invoices/bulk/send", .members),
        RouteRule("POST /v1/invoices/bulk/void", .members),
        RouteRule("POST /v1/invoices/{id}/finalize", .members),
        RouteRule("POST /v1/invoices/{id}/send", .members),
        RouteRule("POST /v1/invoices/{id}/send_email", .members),
        RouteRule("POST /v1/invoices/{id}/void", .members),
        RouteRule("POST /v1/invoices/{id}/mark_uncollectible", .members),
    ]

    static let payment = [
        RouteRule("GET /v1/pay/config", .everybody),
        RouteRule("GET /v1/invoices/pay/{token}", .everybody),
        RouteRule("POST /v1/invoices/pay/{token}", .everybody),
        RouteRule("POST /v1/invoices/{id}/pay", .signedIn),
        RouteRule("POST /v1/invoices/{id}/process_payment", .signedIn),
        RouteRule("PUT /v1/invoices/{id}/payment", .admins),
        RouteRule("POST /v1/invoices/{id}/mark_paid", .admins),
        RouteRule("POST /v1/invoices/bulk/mark_paid", .admins),
        RouteRule("POST /v1/payment_methods/setup", .signedIn),
        RouteRule("POST /v1/payment_methods", .signedIn),
        RouteRule("GET /v1/payment_methods", .signedIn),
        RouteRule("DELETE /v1/payment_methods/{id}", .signedIn),
        RouteRule("PUT /v1/mandates/{organization_id}", .signedIn),
        RouteRule("GET /v1/mandates", .signedIn),
        RouteRule("GET /v1/charges", .membersAndClients),
    ]

    static let scheduler = [
        RouteRule("GET /v1/schedules", .members),
        RouteRule("GET /v1/schedules/{id}", .members),
    ]

    static let notification = [
        RouteRule("GET /v1/events", .members),
        RouteRule("GET /v1/notices", .membersAndClients),
        RouteRule("POST /v1/notices/{id}/read", .membersAndClients),
    ]
}
