//! The server tasks, and their shutdown.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long running requests may take after the stack stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// All servers. Dropping them stops them without waiting.
pub(crate) struct Servers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Servers {
    pub(crate) fn new() -> Self {
        Self { stop: watch::Sender::new(false), tasks: JoinSet::new() }
    }

    /// Serves `router` on `listener` until [`Self::shutdown`].
    pub(crate) fn serve(&mut self, name: &'static str, listener: TcpListener, router: Router) {
        let stopped = self.stopped();
        self.tasks.spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, name, "a server stopped");
            }
        });
    }

    /// Runs a server that stops by itself when [`Self::stopped`] resolves.
    pub(crate) fn run(&mut self, server: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(server);
    }

    /// Resolves when the stack stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            // An error means that the sender was dropped, and the stack with it.
            let _ = stop.wait_for(|stopped| *stopped).await;
        }
    }

    /// Stops accepting, lets running requests finish, and gives up after a few seconds.
    pub(crate) async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, finished).await.is_err() {
            tracing::warn!("some requests were still running");
        }
    }
}
