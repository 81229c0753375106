//! What happens at Stripe.

/// Where the buyer pays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum PaidOn {
    /// On Stripe's page: a session, whose intent comes with it.
    #[default]
    StripesPage,
    /// On the shop's page: the intent alone. It can be tried again until it is canceled.
    OurPage,
}

/// Something that happens at Stripe. What is not possible at the moment does not happen.
#[derive(Debug, Clone)]
pub(super) enum StripeAction {
    DeclineCard,
    PayByCard,
    PayByDebit,
    DebitSucceeds,
    DebitFails,
    CancelDebit,
    /// The buyer, or we: a session expires, an intent is canceled.
    Expire,
    /// The payer is asked to authenticate.
    AskToAuthenticate,
    Refund {
        amount: i64,
        at_once: bool,
    },
    RefundMoves {
        which: usize,
        to: &'static str,
    },
    Dispute {
        status: &'static str,
    },
    DisputeMoves {
        which: usize,
        to: &'static str,
    },
}
