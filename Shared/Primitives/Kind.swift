/// The kinds of things that services name to each other, each with the prefix of its ids.
public enum Kind {
    /// A person's account, sender or client.
    public enum Account: Identified {
        /// Ids are `acc_…`.
        public static let idPrefix = "acc"
    }

    /// A sender's organization, the tenant.
    public enum Organization: Identified {
        /// Ids are `org_…`.
        public static let idPrefix = "org"
    }

    /// An invitation to register.
    public enum Invitation: Identified {
        /// Ids are `ivt_…`.
        public static let idPrefix = "ivt"
    }

    /// A login of one device.
    public enum Session: Identified {
        /// Ids are `ses_…`.
        public static let idPrefix = "ses"
    }

    /// Something that mattered for the security of an account.
    public enum AuditEvent: Identified {
        /// Ids are `aud_…`.
        public static let idPrefix = "aud"
    }

    /// A key that signs access tokens.
    public enum SigningKey: Identified {
        /// Ids are `sgk_…`.
        public static let idPrefix = "sgk"
    }

    /// A key of a machine.
    public enum APIKey: Identified {
        /// Ids are `key_…`.
        public static let idPrefix = "key"
    }

    /// A machine that fetches its tokens itself.
    public enum APIClient: Identified {
        /// Ids are `apc_…`.
        public static let idPrefix = "apc"
    }

    /// Whom a sender bills.
    public enum Customer: Identified {
        /// Ids are `cus_…`.
        public static let idPrefix = "cus"
    }

    /// An invoice.
    public enum Invoice: Identified {
        /// Ids are `inv_…`.
        public static let idPrefix = "inv"
    }

    /// A line of an invoice.
    public enum LineItem: Identified {
        /// Ids are `li_…`.
        public static let idPrefix = "li"
    }

    /// A subscription of a customer.
    public enum Subscription: Identified {
        /// Ids are `sub_…`.
        public static let idPrefix = "sub"
    }

    /// Something that is sold again and again.
    public enum Plan: Identified {
        /// Ids are `pln_…`.
        public static let idPrefix = "pln"
    }

    /// What a plan costs, in one currency and for one interval.
    public enum Price: Identified {
        /// Ids are `pri_…`.
        public static let idPrefix = "pri"
    }

    /// A payer's objection to a payment at the bank.
    public enum Dispute: Identified {
        /// Ids are `dp_…`.
        public static let idPrefix = "dp"
    }

    /// An operator's stop of charges.
    public enum KillSwitch: Identified {
        /// Ids are `ks_…`.
        public static let idPrefix = "ks"
    }

    /// A wish for a fresh pay link, from one that has expired.
    public enum LinkRenewal: Identified {
        /// Ids are `plr_…`.
        public static let idPrefix = "plr"
    }

    /// A client's wallet at one sender.
    public enum Wallet: Identified {
        /// Ids are `wallet_…`.
        public static let idPrefix = "wallet"
    }

    /// A request to put money into a wallet.
    public enum TopUp: Identified {
        /// Ids are `topup_…`.
        public static let idPrefix = "topup"
    }

    /// A client's credit at one sender.
    public enum Credit: Identified {
        /// Ids are `crd_…`.
        public static let idPrefix = "crd"
    }

    /// A movement of money in the books.
    public enum Transfer: Identified {
        /// Ids are `trf_…`.
        public static let idPrefix = "trf"
    }

    /// A series of invoices.
    public enum RecurringInvoice: Identified {
        /// Ids are `rec_…`.
        public static let idPrefix = "rec"
    }

    /// A rate of tax that a sender puts on lines.
    public enum TaxRate: Identified {
        /// Ids are `txr_…`.
        public static let idPrefix = "txr"
    }

    /// A code that takes something off an invoice.
    public enum Coupon: Identified {
        /// Ids are `cpn_…`.
        public static let idPrefix = "cpn"
    }

    /// How a sender's papers look and what they say.
    public enum Template: Identified {
        /// Ids are `tpl_…`.
        public static let idPrefix = "tpl"
    }

    /// A credit note.
    public enum CreditNote: Identified {
        /// Ids are `cn_…`.
        public static let idPrefix = "cn"
    }

    /// A saved card.
    public enum PaymentMethod: Identified {
        /// Ids are `pm_…`.
        public static let idPrefix = "pm"
    }

    /// A payer's permission to be charged by one sender.
    public enum Mandate: Identified {
        /// Ids are `man_…`.
        public static let idPrefix = "man"
    }

    /// A payer's order to pay a sender a fixed amount again and again.
    public enum StandingOrder: Identified {
        /// Ids are `so_…`.
        public static let idPrefix = "so"
    }

    /// What an automatic payment will collect and when.
    public enum ChargePlan: Identified {
        /// Ids are `plan_…`.
        public static let idPrefix = "plan"
    }

    /// Money collected for one or more invoices.
    public enum Payment: Identified {
        /// Ids are `pay_…`.
        public static let idPrefix = "pay"
    }

    /// One try at the gateway.
    public enum Attempt: Identified {
        /// Ids are `att_…`.
        public static let idPrefix = "att"
    }

    /// A day on which the books were held against the gateway's own list.
    public enum Reconciliation: Identified {
        /// Ids are `rcl_…`.
        public static let idPrefix = "rcl"
    }

    /// Something in which the books and the gateway's list differ.
    public enum ReconciliationDifference: Identified {
        /// Ids are `rcd_…`.
        public static let idPrefix = "rcd"
    }

    /// Money given back.
    public enum Refund: Identified {
        /// Ids are `ref_…`.
        public static let idPrefix = "ref"
    }

    /// A timer of some service.
    public enum Schedule: Identified {
        /// Ids are `sch_…`.
        public static let idPrefix = "sch"
    }

    /// A message to one address.
    public enum Mail: Identified {
        /// Ids are `mail_…`.
        public static let idPrefix = "mail"
    }

    /// A notice shown in the application.
    public enum Notice: Identified {
        /// Ids are `ntc_…`.
        public static let idPrefix = "ntc"
    }

    /// An address that receives events.
    public enum WebhookEndpoint: Identified {
        /// Ids are `whe_…`.
        public static let idPrefix = "whe"
    }
}

/// The id of: a person's account, sender or client.
public typealias AccountID = ID<Kind.Account>
/// The id of: a sender's organization, the tenant.
public typealias OrganizationID = ID<Kind.Organization>
/// The id of: an invitation to register.
public typealias InvitationID = ID<Kind.Invitation>
/// The id of: a login of one device.
public typealias SessionID = ID<Kind.Session>
/// The id of: something that mattered for the security of an account.
public typealias AuditEventID = ID<Kind.AuditEvent>
/// The id of: a key that signs access tokens.
public typealias SigningKeyID = ID<Kind.SigningKey>
/// The id of: a key of a machine.
public typealias APIKeyID = ID<Kind.APIKey>
/// The id of: a machine that fetches its tokens itself.
public typealias APIClientID = ID<Kind.APIClient>
/// The id of: whom a sender bills.
public typealias CustomerID = ID<Kind.Customer>
/// The id of: an invoice.
public typealias InvoiceID = ID<Kind.Invoice>
/// The id of: a line of an invoice.
public typealias LineItemID = ID<Kind.LineItem>
/// The id of: a subscription of a customer.
public typealias SubscriptionID = ID<Kind.Subscription>
/// The id of: something that is sold again and again.
public typealias PlanID = ID<Kind.Plan>
/// The id of: what a plan costs.
public typealias PriceID = ID<Kind.Price>
/// The id of: a wish for a fresh pay link.
public typealias LinkRenewalID = ID<Kind.LinkRenewal>
/// The id of: a client's wallet at one sender.
public typealias WalletID = ID<Kind.Wallet>
/// The id of: a request to put money into a wallet.
public typealias TopUpID = ID<Kind.TopUp>
/// The id of: a client's credit at one sender.
public typealias CreditID = ID<Kind.Credit>
/// The id of: a movement of money in the books.
public typealias TransferID = ID<Kind.Transfer>
/// The id of: a series of invoices.
public typealias RecurringInvoiceID = ID<Kind.RecurringInvoice>
/// The id of: a rate of tax that a sender puts on lines.
public typealias TaxRateID = ID<Kind.TaxRate>
/// The id of: a code that takes something off an invoice.
public typealias CouponID = ID<Kind.Coupon>
/// The id of: how a sender's papers look and what they say.
public typealias TemplateID = ID<Kind.Template>
/// The id of: a credit note.
public typealias CreditNoteID = ID<Kind.CreditNote>
/// The id of: a saved card.
public typealias PaymentMethodID = ID<Kind.PaymentMethod>
/// The id of: a payer's permission to be charged by one sender.
public typealias MandateID = ID<Kind.Mandate>
/// The id of: a payer's standing order.
public typealias StandingOrderID = ID<Kind.StandingOrder>
/// The id of: what an automatic payment will collect and when.
public typealias ChargePlanID = ID<Kind.ChargePlan>
/// The id of: money collected for one or more invoices.
public typealias PaymentID = ID<Kind.Payment>
/// The id of: one try at the gateway.
public typealias AttemptID = ID<Kind.Attempt>
/// The id of: a payer's objection to a payment at the bank.
public typealias DisputeID = ID<Kind.Dispute>
/// The id of: a day on which the books were held against the gateway's own list.
public typealias ReconciliationID = ID<Kind.Reconciliation>
/// The id of: something in which the books and the gateway's list differ.
public typealias ReconciliationDifferenceID = ID<Kind.ReconciliationDifference>
/// The id of: an operator's stop of charges.
public typealias KillSwitchID = ID<Kind.KillSwitch>
/// The id of: money given back.
public typealias RefundID = ID<Kind.Refund>
/// The id of: a timer of some service.
public typealias ScheduleID = ID<Kind.Schedule>
/// The id of: a message to one address.
public typealias MailID = ID<Kind.Mail>
/// The id of: a notice shown in the application.
public typealias NoticeID = ID<Kind.Notice>
/// The id of: an address that receives events.
public typealias WebhookEndpointID = ID<Kind.WebhookEndpoint>
