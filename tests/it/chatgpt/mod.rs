//! `openapi.chatgpt.json`: GPT Actions can read it, and a GPT that knows nothing else sells a plan with it.

mod conversation;
mod document;
mod gpt;
mod manual;
