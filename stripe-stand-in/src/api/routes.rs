//! The table of `/v1` routes. Each resource lists its own routes, and this file lists the resources.

use crate::resources::route::Route;
use crate::resources::{
    account, balance_transactions, cash_balances, charges, checkout_sessions, coupons, customers, disputes, events,
    invoice_items, invoice_payments, invoices, payment_intents, payment_links, payment_methods, payment_pages, plans,
    portal_configurations, portal_sessions, prices, products, promotion_codes, refunds, setup_intents,
    subscription_items, subscription_schedules, subscriptions, test_clocks, tokens, webhook_endpoints,
};

/// Every route of the stand-in's API.
pub(super) const ROUTES: &[&[Route]] = &[
    account::ROUTES,
    balance_transactions::ROUTES,
    cash_balances::ROUTES,
    charges::ROUTES,
    coupons::ROUTES,
    customers::ROUTES,
    disputes::ROUTES,
    events::ROUTES,
    invoice_items::ROUTES,
    invoice_payments::ROUTES,
    invoices::ROUTES,
    payment_intents::ROUTES,
    payment_links::ROUTES,
    payment_methods::ROUTES,
    payment_pages::ROUTES,
    plans::ROUTES,
    portal_configurations::ROUTES,
    portal_sessions::ROUTES,
    prices::ROUTES,
    products::ROUTES,
    promotion_codes::ROUTES,
    refunds::ROUTES,
    setup_intents::ROUTES,
    checkout_sessions::ROUTES,
    subscription_items::ROUTES,
    subscription_schedules::ROUTES,
    subscriptions::ROUTES,
    test_clocks::ROUTES,
    tokens::ROUTES,
    webhook_endpoints::ROUTES,
];
