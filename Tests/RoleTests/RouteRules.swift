import Primitives

/// The one table of who may call what, by service; a route that is missing here fails the test.
enum RouteRules {
    static let all = identity + invoice + payment + scheduler + notification

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
        RouteRule("POST /v1/me/totp/recovery_codes", .signedIn),
        RouteRule("DELETE /v1/me/totp", .signedIn),
        RouteRule("GET /v1/me/export", .signedIn),
        RouteRule("POST /v1/me/erasure", .signedIn),
        RouteRule("GET /v1/me/audit_events", .signedIn),
        RouteRule("GET /v1/audit_events", .admins, machines: .writers, needs: .membersWrite),
        RouteRule("GET /v1/sessions", .signedIn),
        RouteRule("DELETE /v1/sessions", .signedIn),
        RouteRule("DELETE /v1/sessions/{id}", .signedIn),
        RouteRule("POST /v1/password_resets", .everybody),
        RouteRule("POST /v1/password_resets/{token}", .everybody),
        RouteRule("POST /v1/password", .signedIn),
        RouteRule("POST /v1/invitations", .members),
        RouteRule("GET /v1/invitations", .members),
        RouteRule("GET /v1/invitations/{invitation}", .everybody),
        RouteRule("POST /v1/invitations/{invitation}/accept", .everybody, machines: .never),
        RouteRule("POST /v1/invitations/{invitation}/resend", .members),
        RouteRule("DELETE /v1/invitations/{invitation}", .members),
        RouteRule("GET /v1/organizations", .signedIn),
        RouteRule("GET /v1/organizations/{id}", .members, needs: .organizationRead),
        RouteRule("PATCH /v1/organizations/{id}", .admins, needs: .organizationWrite),
        RouteRule("GET /v1/organizations/{id}/logo", .everybody),
        RouteRule("PUT /v1/organizations/{id}/logo", .admins, needs: .organizationWrite),
        RouteRule("DELETE /v1/organizations/{id}/logo", .admins, needs: .organizationWrite),
        RouteRule("POST /v1/api_keys", .owners, needs: .apiKeysWrite),
        RouteRule("GET /v1/api_keys", .owners, needs: .apiKeysWrite),
        RouteRule("POST /v1/api_keys/{id}/rotate", .owners, needs: .apiKeysWrite),
        RouteRule("DELETE /v1/api_keys/{id}", .owners, needs: .apiKeysWrite),
        RouteRule("POST /v1/api_clients", .owners, needs: .apiKeysWrite),
        RouteRule("GET /v1/api_clients", .owners, needs: .apiKeysWrite),
        RouteRule("POST /v1/api_clients/{id}/rotate", .owners, needs: .apiKeysWrite),
        RouteRule("DELETE /v1/api_clients/{id}", .owners, needs: .apiKeysWrite),
        RouteRule("POST /oauth/token", .everybody),
        RouteRule("GET /v1/members", .members, needs: .membersRead),
        RouteRule("PATCH /v1/members/{account_id}", .admins, needs: .membersWrite),
        RouteRule("DELETE /v1/members/{account_id}", .admins, needs: .membersWrite),
    ]

    static let invoice = [
        RouteRule("POST /v1/customers", .members, needs: .customersWrite, body: #"{"name":"Client"}"#),
        RouteRule("GET /v1/customers", .members, needs: .customersRead),
        RouteRule("GET /v1/customers/{id}", .members, needs: .customersRead),
        RouteRule("PATCH /v1/customers/{id}", .members, needs: .customersWrite),
        RouteRule(
            "POST /v1/invoices", .members, needs: .invoicesWrite,
            body: """
                {"customer_id":"\(CustomerID(.v7()))","due_date":"2027-02-28","title":"Consulting",
                 "line_items":[{"description":"Support","amount":"19.99"}]}
                """),
        RouteRule("POST /v1/invoices/preview", .members, needs: .invoicesWrite),
        RouteRule("GET /v1/invoices", .membersAndPayers),
        RouteRule("GET /v1/invoices/stats", .members, needs: .invoicesRead),
        RouteRule("GET /v1/invoices/{id}", .membersAndPayers),
        RouteRule("GET /v1/invoices/{id}/events", .members, needs: .invoicesRead),
        RouteRule("POST /v1/invoices/bulk/send", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/bulk/void", .members, needs: .invoicesWrite),
        RouteRule("GET /v1/invoices/{id}/pdf", .membersAndPayers),
        RouteRule("PUT /v1/invoices/{id}", .members, needs: .invoicesWrite),
        RouteRule("DELETE /v1/invoices/{id}", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/duplicate", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/finalize", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/send", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/send_email", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/void", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/invoices/{id}/mark_uncollectible", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/tax_rates", .members, needs: .invoicesWrite),
        RouteRule("GET /v1/tax_rates", .members, needs: .invoicesRead),
        RouteRule("GET /v1/tax_rates/{id}", .members, needs: .invoicesRead),
        RouteRule("PATCH /v1/tax_rates/{id}", .members, needs: .invoicesWrite),
        RouteRule("DELETE /v1/tax_rates/{id}", .members, needs: .invoicesWrite),
        RouteRule("POST /v1/coupons", .members, needs: .invoicesWrite),
        RouteRule("GET /v1/coupons", .members, needs: .invoicesRead),
        RouteRule("GET /v1/coupons/{id}", .members, needs: .invoicesRead),
        RouteRule("PATCH /v1/coupons/{id}", .members, needs: .invoicesWrite),
        RouteRule("DELETE /v1/coupons/{id}", .members, needs: .invoicesWrite),
    ]

    static let payment = [
        RouteRule("GET /v1/pay/config", .everybody),
        RouteRule("GET /v1/invoices/pay/{token}", .everybody),
        RouteRule("POST /v1/invoices/pay/{token}", .everybody),
        RouteRule("POST /v1/invoices/{id}/pay", .signedIn),
        RouteRule("POST /v1/invoices/{id}/process_payment", .signedIn),
        RouteRule("PUT /v1/invoices/{id}/payment", .admins, needs: .paymentsWrite),
        RouteRule("POST /v1/invoices/{id}/mark_paid", .admins, needs: .paymentsWrite),
        RouteRule("POST /v1/invoices/bulk/mark_paid", .admins, needs: .paymentsWrite),
        RouteRule("POST /v1/payment_methods/setup", .signedIn),
        RouteRule("POST /v1/payment_methods", .signedIn),
        RouteRule("GET /v1/payment_methods", .signedIn),
        RouteRule("DELETE /v1/payment_methods/{id}", .signedIn),
        RouteRule("PUT /v1/mandates/{organization_id}", .signedIn),
        RouteRule("GET /v1/mandates", .signedIn),
        RouteRule("GET /v1/charges", .membersAndClients),
    ]

    static let scheduler = [
        RouteRule("GET /v1/schedules", .members, needs: .schedulesRead),
        RouteRule("GET /v1/schedules/{id}", .members, needs: .schedulesRead),
    ]

    static let notification = [
        RouteRule("GET /v1/events", .members, needs: .eventsRead),
        RouteRule("GET /v1/notices", .membersAndClients, machines: .never),
        RouteRule("POST /v1/notices/{id}/read", .membersAndClients, machines: .never),
    ]
}
