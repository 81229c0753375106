//! Stripe's resources, one file each: its routes, its parameters and the shape of its objects
//! (<https://docs.stripe.com/api>). Another resource is another file here and a line in `api/routes.rs`.

pub(crate) mod account;
pub(crate) mod balance_transactions;
pub(crate) mod charges;
pub(crate) mod checkout_sessions;
pub(crate) mod coupons;
pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod expand_only;
pub(crate) mod invoice_items;
pub(crate) mod invoice_payments;
pub(crate) mod invoice_preview;
pub(crate) mod invoices;
pub(crate) mod line_items;
pub(crate) mod payment_intents;
pub(crate) mod payment_methods;
pub(crate) mod payment_pages;
pub(crate) mod plans;
pub(crate) mod portal_configurations;
pub(crate) mod portal_sessions;
pub(crate) mod price_params;
pub(crate) mod prices;
pub(crate) mod product_params;
pub(crate) mod products;
pub(crate) mod promotion_codes;
pub(crate) mod refunds;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod session_params;
pub(crate) mod subscription_items;
pub(crate) mod subscription_params;
pub(crate) mod subscription_schedules;
pub(crate) mod subscriptions;
pub(crate) mod test_clocks;
pub(crate) mod webhook_endpoints;
