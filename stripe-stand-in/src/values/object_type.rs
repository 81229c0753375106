//! Ids of the same shape as Stripe's: the prefix says what an object is, the rest is random.

/// Kinds of stored objects. The names are those of the field `object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BalanceTransaction,
    Charge,
    Coupon,
    Customer,
    Discount,
    Dispute,
    Event,
    Invoice,
    InvoiceItem,
    InvoicePayment,
    PaymentIntent,
    PaymentLink,
    PaymentMethod,
    PortalConfiguration,
    PortalSession,
    Price,
    Product,
    PromotionCode,
    Refund,
    Session,
    SetupIntent,
    Subscription,
    SubscriptionSchedule,
    TestClock,
    WebhookEndpoint,
}

impl Kind {
    const ALL: [Kind; 25] = [
        Kind::BalanceTransaction,
        Kind::Charge,
        Kind::Coupon,
        Kind::Customer,
        Kind::Discount,
        Kind::Dispute,
        Kind::Event,
        Kind::Invoice,
        Kind::InvoiceItem,
        Kind::InvoicePayment,
        Kind::PaymentIntent,
        Kind::PaymentLink,
        Kind::PaymentMethod,
        Kind::PortalConfiguration,
        Kind::PortalSession,
        Kind::Price,
        Kind::Product,
        Kind::PromotionCode,
        Kind::Refund,
        Kind::Session,
        Kind::SetupIntent,
        // Its prefix begins with a subscription's.
        Kind::SubscriptionSchedule,
        Kind::Subscription,
        Kind::TestClock,
        Kind::WebhookEndpoint,
    ];

    /// The value of the objects' `object` field.
    pub(crate) fn object_name(self) -> &'static str {
        match self {
            Kind::BalanceTransaction => "balance_transaction",
            Kind::Charge => "charge",
            Kind::Coupon => "coupon",
            Kind::Customer => "customer",
            Kind::Discount => "discount",
            Kind::Dispute => "dispute",
            Kind::Event => "event",
            Kind::Invoice => "invoice",
            Kind::InvoiceItem => "invoiceitem",
            Kind::InvoicePayment => "invoice_payment",
            Kind::PaymentIntent => "payment_intent",
            Kind::PaymentLink => "payment_link",
            Kind::PaymentMethod => "payment_method",
            Kind::PortalConfiguration => "billing_portal.configuration",
            Kind::PortalSession => "billing_portal.session",
            Kind::Price => "price",
            Kind::Product => "product",
            Kind::PromotionCode => "promotion_code",
            Kind::Refund => "refund",
            Kind::Session => "checkout.session",
            Kind::SetupIntent => "setup_intent",
            Kind::Subscription => "subscription",
            Kind::SubscriptionSchedule => "subscription_schedule",
            Kind::TestClock => "test_helpers.test_clock",
            Kind::WebhookEndpoint => "webhook_endpoint",
        }
    }

    /// What Stripe's messages call it, as in "No such customer: 'cus_x'".
    pub(crate) fn spoken(self) -> &'static str {
        match self {
            Kind::BalanceTransaction => "balance transaction",
            Kind::PaymentMethod => "PaymentMethod",
            Kind::PromotionCode => "promotion code",
            Kind::SetupIntent => "setupintent",
            Kind::WebhookEndpoint => "webhook endpoint",
            other => other.object_name(),
        }
    }

    /// The parameter that Stripe's 404 names when the id in the path is unknown.
    pub(crate) fn path_param(self) -> &'static str {
        match self {
            Kind::Charge => "charge",
            Kind::Coupon => "coupon",
            Kind::Dispute => "dispute",
            Kind::PaymentIntent | Kind::SetupIntent => "intent",
            Kind::PaymentLink => "payment_link",
            Kind::PaymentMethod => "payment_method",
            Kind::PortalConfiguration => "configuration",
            Kind::Price => "price",
            Kind::PromotionCode => "promotion_code",
            Kind::Refund => "refund",
            Kind::Session => "session",
            Kind::SubscriptionSchedule => "schedule",
            Kind::WebhookEndpoint => "webhook_endpoint",
            Kind::InvoiceItem => "invoiceitem",
            Kind::InvoicePayment => "invoice_payment",
            Kind::BalanceTransaction
            | Kind::Customer
            | Kind::Discount
            | Kind::Event
            | Kind::Invoice
            | Kind::PortalSession
            | Kind::Product
            | Kind::Subscription
            | Kind::TestClock => "id",
        }
    }

    /// The kind that an id's prefix names. Coupons have no prefix: theirs is None.
    pub(crate) fn of_id(id: &str) -> Option<Kind> {
        if id.starts_with("py_") {
            return Some(Kind::Charge);
        }
        let mut kinds = Kind::ALL.into_iter();
        kinds.find(|kind| !kind.prefix().is_empty() && id.starts_with(kind.prefix()))
    }

    /// A fresh id.
    pub(crate) fn new_id(self) -> String {
        let prefix = self.prefix();
        match self {
            Kind::Coupon => random(8).to_uppercase(),
            Kind::Customer | Kind::Product => format!("{prefix}{}", random(14)),
            Kind::Session => format!("{prefix}a1{}", random(56)),
            Kind::Charge | Kind::PaymentIntent | Kind::Refund => format!("{prefix}3{}", random(23)),
            _ => format!("{prefix}1{}", random(23)),
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Kind::BalanceTransaction => "txn_",
            Kind::Charge => "ch_",
            Kind::Coupon => "",
            Kind::Customer => "cus_",
            Kind::Discount => "di_",
            Kind::Dispute => "dp_",
            Kind::Event => "evt_",
            Kind::Invoice => "in_",
            Kind::InvoiceItem => "ii_",
            Kind::InvoicePayment => "inpay_",
            Kind::PaymentIntent => "pi_",
            Kind::PaymentLink => "plink_",
            Kind::PaymentMethod => "pm_",
            Kind::PortalConfiguration => "bpc_",
            Kind::PortalSession => "bps_",
            Kind::Price => "price_",
            Kind::Product => "prod_",
            Kind::PromotionCode => "promo_",
            Kind::Refund => "re_",
            Kind::Session => "cs_test_",
            Kind::SetupIntent => "seti_",
            Kind::Subscription => "sub_",
            Kind::SubscriptionSchedule => "sub_sched_",
            Kind::TestClock => "clock_",
            Kind::WebhookEndpoint => "we_",
        }
    }
}

/// `length` random letters and digits.
pub(crate) fn random(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}
