//! The types of Stripe objects, and ids in Stripe's format: a prefix for the type, and random letters.

/// Types of stored objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectType {
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
    CheckoutSession,
    SetupIntent,
    Subscription,
    SubscriptionSchedule,
    TestClock,
    WebhookEndpoint,
}

impl ObjectType {
    const ALL: [ObjectType; 25] = [
        ObjectType::BalanceTransaction,
        ObjectType::Charge,
        ObjectType::Coupon,
        ObjectType::Customer,
        ObjectType::Discount,
        ObjectType::Dispute,
        ObjectType::Event,
        ObjectType::Invoice,
        ObjectType::InvoiceItem,
        ObjectType::InvoicePayment,
        ObjectType::PaymentIntent,
        ObjectType::PaymentLink,
        ObjectType::PaymentMethod,
        ObjectType::PortalConfiguration,
        ObjectType::PortalSession,
        ObjectType::Price,
        ObjectType::Product,
        ObjectType::PromotionCode,
        ObjectType::Refund,
        ObjectType::CheckoutSession,
        ObjectType::SetupIntent,
        // Before `Subscription`, because its prefix begins with a subscription's.
        ObjectType::SubscriptionSchedule,
        ObjectType::Subscription,
        ObjectType::TestClock,
        ObjectType::WebhookEndpoint,
    ];

    /// The value of the objects' `object` field.
    pub(crate) fn object_name(self) -> &'static str {
        match self {
            ObjectType::BalanceTransaction => "balance_transaction",
            ObjectType::Charge => "charge",
            ObjectType::Coupon => "coupon",
            ObjectType::Customer => "customer",
            ObjectType::Discount => "discount",
            ObjectType::Dispute => "dispute",
            ObjectType::Event => "event",
            ObjectType::Invoice => "invoice",
            ObjectType::InvoiceItem => "invoiceitem",
            ObjectType::InvoicePayment => "invoice_payment",
            ObjectType::PaymentIntent => "payment_intent",
            ObjectType::PaymentLink => "payment_link",
            ObjectType::PaymentMethod => "payment_method",
            ObjectType::PortalConfiguration => "billing_portal.configuration",
            ObjectType::PortalSession => "billing_portal.session",
            ObjectType::Price => "price",
            ObjectType::Product => "product",
            ObjectType::PromotionCode => "promotion_code",
            ObjectType::Refund => "refund",
            ObjectType::CheckoutSession => "checkout.session",
            ObjectType::SetupIntent => "setup_intent",
            ObjectType::Subscription => "subscription",
            ObjectType::SubscriptionSchedule => "subscription_schedule",
            ObjectType::TestClock => "test_helpers.test_clock",
            ObjectType::WebhookEndpoint => "webhook_endpoint",
        }
    }

    /// The name in Stripe's messages, as in "No such customer: 'cus_x'".
    pub(crate) fn message_name(self) -> &'static str {
        match self {
            ObjectType::BalanceTransaction => "balance transaction",
            ObjectType::PaymentMethod => "PaymentMethod",
            ObjectType::PromotionCode => "promotion code",
            ObjectType::SetupIntent => "setupintent",
            ObjectType::WebhookEndpoint => "webhook endpoint",
            other => other.object_name(),
        }
    }

    /// The parameter in Stripe's 404 for an unknown id in the path.
    pub(crate) fn path_param_name(self) -> &'static str {
        match self {
            ObjectType::Charge => "charge",
            ObjectType::Coupon => "coupon",
            ObjectType::Dispute => "dispute",
            ObjectType::PaymentIntent | ObjectType::SetupIntent => "intent",
            ObjectType::PaymentLink => "payment_link",
            ObjectType::PaymentMethod => "payment_method",
            ObjectType::PortalConfiguration => "configuration",
            ObjectType::Price => "price",
            ObjectType::PromotionCode => "promotion_code",
            ObjectType::Refund => "refund",
            ObjectType::CheckoutSession => "session",
            ObjectType::SubscriptionSchedule => "schedule",
            ObjectType::WebhookEndpoint => "webhook_endpoint",
            ObjectType::InvoiceItem => "invoiceitem",
            ObjectType::InvoicePayment => "invoice_payment",
            ObjectType::BalanceTransaction
            | ObjectType::Customer
            | ObjectType::Discount
            | ObjectType::Event
            | ObjectType::Invoice
            | ObjectType::PortalSession
            | ObjectType::Product
            | ObjectType::Subscription
            | ObjectType::TestClock => "id",
        }
    }

    /// The type of an id, by its prefix. None for coupons, whose ids have no prefix.
    pub(crate) fn from_id(id: &str) -> Option<ObjectType> {
        if id.starts_with("py_") {
            return Some(ObjectType::Charge);
        }
        let mut kinds = ObjectType::ALL.into_iter();
        kinds.find(|kind| !kind.id_prefix().is_empty() && id.starts_with(kind.id_prefix()))
    }

    /// A new id.
    pub(crate) fn new_id(self) -> String {
        let prefix = self.id_prefix();
        match self {
            ObjectType::Coupon => random_alphanumeric(8).to_uppercase(),
            ObjectType::Customer | ObjectType::Product => format!("{prefix}{}", random_alphanumeric(14)),
            ObjectType::CheckoutSession => format!("{prefix}a1{}", random_alphanumeric(56)),
            ObjectType::Charge | ObjectType::PaymentIntent | ObjectType::Refund => {
                format!("{prefix}3{}", random_alphanumeric(23))
            }
            _ => format!("{prefix}1{}", random_alphanumeric(23)),
        }
    }

    fn id_prefix(self) -> &'static str {
        match self {
            ObjectType::BalanceTransaction => "txn_",
            ObjectType::Charge => "ch_",
            ObjectType::Coupon => "",
            ObjectType::Customer => "cus_",
            ObjectType::Discount => "di_",
            ObjectType::Dispute => "dp_",
            ObjectType::Event => "evt_",
            ObjectType::Invoice => "in_",
            ObjectType::InvoiceItem => "ii_",
            ObjectType::InvoicePayment => "inpay_",
            ObjectType::PaymentIntent => "pi_",
            ObjectType::PaymentLink => "plink_",
            ObjectType::PaymentMethod => "pm_",
            ObjectType::PortalConfiguration => "bpc_",
            ObjectType::PortalSession => "bps_",
            ObjectType::Price => "price_",
            ObjectType::Product => "prod_",
            ObjectType::PromotionCode => "promo_",
            ObjectType::Refund => "re_",
            ObjectType::CheckoutSession => "cs_test_",
            ObjectType::SetupIntent => "seti_",
            ObjectType::Subscription => "sub_",
            ObjectType::SubscriptionSchedule => "sub_sched_",
            ObjectType::TestClock => "clock_",
            ObjectType::WebhookEndpoint => "we_",
        }
    }
}

/// `length` random letters and digits.
pub(crate) fn random_alphanumeric(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}
