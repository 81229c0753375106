//! The local stack itself: its parts, its time, its start screen, and Stripe's own tools.

mod addresses;
mod advancing_time;
mod data_directory;
mod fault_proxy;
mod parts;
mod running_stack;
mod shop;
mod sign_in;
mod stripe_tools;
