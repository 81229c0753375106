//! What an assistant may do for a learner: the few operations of the contract, and what it has to know of them. This is the one
//! list; `chatgpt.rs` makes the contract for GPT Actions of it.

/// An operation that an assistant may call.
#[derive(Debug, Clone, Copy)]
pub struct AssistantOperation {
    /// Its `operationId` in `openapi.json`.
    pub id: &'static str,
    /// When to call it, and what its answer means. At most 300 characters: GPT Actions refuse more.
    pub description: &'static str,
    /// What a call changes.
    pub effect: Effect,
    /// The parameters and the members of the body that an assistant may set. The others are not for it: it would make up the
    /// URLs of a school's pages.
    pub inputs: &'static [&'static str],
}

/// What a call changes. None of them takes money: that needs the learner, on a page of Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// A page of Stripe's is opened, on which the learner decides.
    OpensPage,
    /// A meter goes up, within what the plan includes, for something that the learner has asked for.
    CountsUsage,
}

/// The operations, in the order of a conversation.
pub const OPERATIONS: &[AssistantOperation] = &[
    AssistantOperation {
        id: "show_catalog",
        description: "What the school sells: courses, products that are bought once, and plans with prices, trial and limits. Amounts \
            are in minor units: 1900 usd is $19.00. A limit of null is none at all. Call it before you name a price or an id; never \
            make one up.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "show_subscription",
        description: "The learner's plan: its status, until when it is open, and payment_problem with the page that mends it. A status \
            of null is no subscription; the plan is then the free one. Call it before you offer a plan.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "show_usage",
        description: "Every meter of the learner's plan: what was used, the limit (null is none at all), and resets_at, when counting \
            begins anew.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "consume_usage",
        description: "Counts a use of a meter. Call it before you do what is counted. A quantity of 0 only asks. A 429 limit_reached \
            has counted nothing: stop, say when resets_at is, and offer a higher plan.",
        effect: Effect::CountsUsage,
        inputs: &["meter", "quantity"],
    },
    AssistantOperation {
        id: "create_session",
        description: "Opens Stripe's payment page. Send exactly one of plan_id, course_id and price_id. Nothing is charged by this call: \
            show checkout_url as a link, where the learner pays. Never ask for a card. A 409 already_owned means that there is nothing \
            to pay.",
        effect: Effect::OpensPage,
        inputs: &["plan_id", "course_id", "price_id", "interval", "currency", "promotion_code"],
    },
    AssistantOperation {
        id: "show_session",
        description: "How a checkout stands. Call it when the learner says that the payment is done. If fulfilled is true, what was \
            bought is open.",
        effect: Effect::Reads,
        inputs: &["id"],
    },
    AssistantOperation {
        id: "check_access",
        description: "Whether the learner may open a course, why, and until when. Ask this each time before you show what is in a course.",
        effect: Effect::Reads,
        inputs: &["id"],
    },
    AssistantOperation {
        id: "open_portal",
        description: "Opens Stripe's customer portal, where the learner changes the payment method, cancels, and finds invoices. Show \
            url as a link; it is good for minutes. A 404 no_customer means that nothing was ever paid.",
        effect: Effect::OpensPage,
        inputs: &["flow"],
    },
];
