//! Test payments to try: cards and a bank debit.

/// The test cards on the start screen, in the shop and in the README, with their behavior. The payment page accepts
/// more (<https://docs.stripe.com/testing>).
pub const CARDS: &[(&str, &str)] = &[
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
    ("4000 0025 0000 3155", "asks for a 3-D Secure confirmation"),
    ("4000 0000 0000 0259", "pays, and the payment is disputed immediately"),
    ("4000 0000 0000 5126", "pays; a refund succeeds and then fails immediately"),
];

/// The behavior of the bank debit on the payment page.
pub const BANK_DEBIT: &str = "completes unpaid; the dashboard's buttons settle it or let it fail";
