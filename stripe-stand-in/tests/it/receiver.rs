//! A webhook receiver that checks signatures and responds as the test requires.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

/// One received delivery.
pub(super) struct Received {
    pub(super) event: Value,
    pub(super) headers: HeaderMap,
    body: Bytes,
}

impl Received {
    /// Whether the body was signed with this secret.
    pub(super) fn is_signed_with(&self, secret: &str) -> bool {
        let header = self.headers["stripe-signature"].to_str().unwrap();
        let (time, signature) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(&self.body);
        mac.verify_slice(&hex::decode(signature).unwrap()).is_ok()
    }
}

/// A served receiver.
#[derive(Clone)]
pub(super) struct Receiver {
    pub(super) url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    received: Vec<Received>,
    answers: VecDeque<u16>,
    hangs: bool,
}

impl Receiver {
    /// Responds with these statuses in turn, and then always with 200.
    pub(super) async fn answering(statuses: &[u16]) -> Receiver {
        Receiver::serve(Shared { answers: statuses.iter().copied().collect(), ..Shared::default() }).await
    }

    /// Never responds.
    pub(super) async fn hanging() -> Receiver {
        Receiver::serve(Shared { hangs: true, ..Shared::default() }).await
    }

    async fn serve(shared: Shared) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let receiver = Receiver { url, shared: Arc::new(Mutex::new(shared)) };
        let router = Router::new().route("/webhook", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// Takes what was received since the last call.
    pub(super) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.shared.lock().unwrap().received)
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let (hangs, answer) = {
        let mut shared = receiver.shared.lock().unwrap();
        let event = serde_json::from_slice(&body).unwrap();
        shared.received.push(Received { event, headers, body });
        (shared.hangs, shared.answers.pop_front().unwrap_or(200))
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    StatusCode::from_u16(answer).unwrap()
}
