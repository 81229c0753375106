//! What an assistant may do for a learner: the few operations of the contract, and what it has to know of them. This is the one
//! list; `chatgpt.rs` makes the contract for GPT Actions of it, `mcp.rs` the tools of the MCP server.

/// An operation that an assistant may call.
#[derive(Debug, Clone, Copy)]
pub struct AssistantOperation {
    /// Its `operationId` in `openapi.json`.
    pub id: &'static str,
    /// Its name among the tools of many MCP servers, where `show_session` would say nothing.
    pub tool: &'static str,
    /// The argument of the tool that the variable of the path is, if not by its own name.
    pub path_argument: Option<&'static str>,
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
    /// Nothing. What Stripe has reported meanwhile may be recorded on the way.
    Reads,
    /// A page of Stripe's is opened, on which the learner decides; the same one when it is asked for again.
    OpensSamePage,
    /// The same, and another page every time.
    OpensNewPage,
    /// A meter goes up, within what the plan includes, for something that the learner has asked for.
    CountsUsage,
}

/// The operations, in the order of a conversation.
pub const OPERATIONS: &[AssistantOperation] = &[
    AssistantOperation {
        id: "show_catalog",
        tool: "show_catalog",
        path_argument: None,
        description: "What the school sells: courses, products that are bought once, and plans with prices, trial and limits. Amounts \
            are in minor units: 1900 usd is $19.00. A limit of null is none at all. Call it before you name a price or an id; never \
            make one up.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "show_subscription",
        tool: "show_subscription",
        path_argument: None,
        description: "The learner's plan: its status, until when it is open, and payment_problem with the page that mends it. A status \
            of null is no subscription; the plan is then the free one. Call it before you offer a plan.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "show_usage",
        tool: "show_usage",
        path_argument: None,
        description: "Every meter of the learner's plan: what was used, the limit (null is none at all), and resets_at, when counting \
            begins anew.",
        effect: Effect::Reads,
        inputs: &[],
    },
    AssistantOperation {
        id: "consume_usage",
        tool: "consume_usage",
        path_argument: None,
        description: "Counts a use of a meter. Call it before you do what is counted. A quantity of 0 only asks. A 429 limit_reached \
            has counted nothing: stop, say when resets_at is, and offer a higher plan.",
        effect: Effect::CountsUsage,
        inputs: &["meter", "quantity"],
    },
    AssistantOperation {
        id: "create_session",
        tool: "create_checkout_session",
        path_argument: None,
        description: "Opens Stripe's payment page. Send exactly one of plan_id, course_id and price_id. Nothing is charged by this call: \
            show checkout_url as a link, where the learner pays. Never ask for a card. A 409 already_owned means that there is nothing \
            to pay.",
        effect: Effect::OpensSamePage,
        inputs: &["plan_id", "course_id", "price_id", "interval", "currency", "promotion_code"],
    },
    AssistantOperation {
        id: "show_session",
        tool: "show_checkout_session",
        path_argument: Some("session_id"),
        description: "How a checkout stands. Call it when the learner says that the payment is done. If fulfilled is true, what was \
            bought is open.",
        effect: Effect::Reads,
        inputs: &["id"],
    },
    AssistantOperation {
        id: "check_access",
        tool: "check_course_access",
        path_argument: Some("course_id"),
        description: "Whether the learner may open a course, why, and until when. Ask this each time before you show what is in a course.",
        effect: Effect::Reads,
        inputs: &["id"],
    },
    AssistantOperation {
        id: "list_entitlements",
        tool: "list_entitlements",
        path_argument: None,
        description: "Everything that the learner has bought, subscribed to or been given, open or closed, each with its reason.",
        effect: Effect::Reads,
        inputs: &["limit", "cursor"],
    },
    AssistantOperation {
        id: "open_portal",
        tool: "open_billing_portal",
        path_argument: None,
        description: "Opens Stripe's customer portal, where the learner changes the payment method, cancels, and finds invoices. Show \
            url as a link; it is good for minutes. A 404 no_customer means that nothing was ever paid.",
        effect: Effect::OpensNewPage,
        inputs: &["flow"],
    },
];
