//! Payments: attempts, charges, refunds, disputes and payment methods.

pub(crate) mod attempt;
pub(crate) mod balance_transactions;
pub(crate) mod bank_debits;
pub(crate) mod bank_transfers;
pub(crate) mod cash_balance;
pub(crate) mod charges;
pub(crate) mod disputes;
pub(crate) mod outcome;
pub(crate) mod payment_intents;
pub(crate) mod payment_methods;
pub(crate) mod refunds;
pub(crate) mod setup_intents;
pub(crate) mod test_cards;
