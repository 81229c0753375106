//! The MCP server: its protocol, its tools, who may call them, and the official clients.

mod callers;
mod calls;
mod discovery;
mod documentation;
mod official_clients;
mod protocol;
mod refusals;
mod tools;
