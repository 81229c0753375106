//! The open checkout that an update of its session closes.

use super::stripe_update::StripeUpdate;
use crate::domain::SessionId;
use crate::store::{FactsAndCheckouts, TableChange};
use crate::stripe::Sale;

/// The session is over; nothing, when a checkout has gone on to another one.
pub(super) fn close_checkout_change(
    update: &StripeUpdate,
    sale: &Sale,
    read: &FactsAndCheckouts,
) -> Option<TableChange> {
    let session = update.kind.is_session_update().then(|| SessionId::parse(update.object.id.as_str()).ok())??;
    let (user, scope) = (sale.user.clone(), sale.checkout_scope());
    read.has_open_session(&user, &scope, &session).then_some(TableChange::CloseCheckout { user, scope, session })
}
