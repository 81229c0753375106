//! The six ports, and the error when one of them is in use.

use std::net::{IpAddr, Ipv4Addr};

use tokio::net::TcpListener;

use crate::error::StartError;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Where each part listens. Port 0 means any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Ports")]
pub struct Ports {
    /// The shop. Read from the `WEB_PORT` environment variable.
    #[arg(long = "web-port", env = "WEB_PORT", default_value_t = 3000)]
    pub web: u16,
    /// API Gateway. Read from the `API_PORT` environment variable.
    #[arg(long = "api-port", env = "API_PORT", default_value_t = 9000)]
    pub api: u16,
    /// The webhook's function URL. Read from the `WEBHOOK_PORT` environment variable.
    #[arg(long = "webhook-port", env = "WEBHOOK_PORT", default_value_t = 9001)]
    pub webhook: u16,
    /// The identity provider. Read from the `IDP_PORT` environment variable.
    #[arg(long = "idp-port", env = "IDP_PORT", default_value_t = 9002)]
    pub identity: u16,
    /// The Stripe stand-in. Read from the `STRIPE_PORT` environment variable.
    #[arg(long = "stripe-port", env = "STRIPE_PORT", default_value_t = 12111)]
    pub stripe: u16,
    /// DynamoDB. Read from the `DYNAMODB_PORT` environment variable.
    #[arg(long = "dynamodb-port", env = "DYNAMODB_PORT", default_value_t = 8000)]
    pub dynamodb: u16,
    /// The address that all of them listen on. With 0.0.0.0, containers can reach the stack, and so can everyone on
    /// your network: it issues tokens and accepts payments for anyone.
    #[arg(long, value_name = "ADDRESS", default_value_t = LOOPBACK)]
    pub host: IpAddr,
}

impl Ports {
    /// Any free port for everything, so that several stacks can run.
    pub const fn free() -> Self {
        Self { web: 0, api: 0, webhook: 0, identity: 0, stripe: 0, dynamodb: 0, host: LOOPBACK }
    }
}

/// The bound ports of a stack. They are bound before anything starts: every part knows every URL, tests can insert a
/// proxy, and a port in use is reported before any state is changed.
#[derive(Debug)]
pub struct Listeners {
    pub(crate) web: TcpListener,
    pub(crate) api: TcpListener,
    pub(crate) webhook: TcpListener,
    pub(crate) identity: TcpListener,
    pub(crate) stripe: TcpListener,
    pub(crate) dynamodb: TcpListener,
    urls: Urls,
}

/// The URL of each part, without a trailing slash: `http://127.0.0.1:9000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// The shop.
    pub web: String,
    /// API Gateway.
    pub api: String,
    /// The webhook's function URL.
    pub webhook: String,
    /// The identity provider, also the issuer of its tokens.
    pub identity: String,
    /// The Stripe stand-in.
    pub stripe: String,
    /// DynamoDB.
    pub dynamodb: String,
}

impl Listeners {
    /// Binds all ports.
    ///
    /// # Errors
    /// [`StartError::Port`] when a port is taken; it names the port and its variable.
    pub async fn bind(ports: Ports) -> Result<Self, StartError> {
        let (web, web_url) = bind(ports.host, ports.web, "WEB_PORT").await?;
        let (api, api_url) = bind(ports.host, ports.api, "API_PORT").await?;
        let (webhook, webhook_url) = bind(ports.host, ports.webhook, "WEBHOOK_PORT").await?;
        let (identity, identity_url) = bind(ports.host, ports.identity, "IDP_PORT").await?;
        let (stripe, stripe_url) = bind(ports.host, ports.stripe, "STRIPE_PORT").await?;
        let (dynamodb, dynamodb_url) = bind(ports.host, ports.dynamodb, "DYNAMODB_PORT").await?;
        let urls = Urls {
            web: web_url,
            api: api_url,
            webhook: webhook_url,
            identity: identity_url,
            stripe: stripe_url,
            dynamodb: dynamodb_url,
        };
        Ok(Self { web, api, webhook, identity, stripe, dynamodb, urls })
    }

    /// The URL of each part.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }
}

async fn bind(host: IpAddr, port: u16, variable: &'static str) -> Result<(TcpListener, String), StartError> {
    let failed = |source| StartError::Port { port, variable, source };
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let mut address = listener.local_addr().map_err(failed)?;
    if address.ip().is_unspecified() {
        address.set_ip(LOOPBACK);
    }
    Ok((listener, format!("http://{address}")))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Listeners, Ports};

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_variable() {
        let taken = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let ports = Ports { stripe: port, ..Ports::free() };
        let error = Listeners::bind(ports).await.unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("STRIPE_PORT"), "{error}");
    }

    #[tokio::test]
    async fn urls_use_localhost_when_the_host_is_unspecified() {
        let ports = Ports { host: Ipv4Addr::UNSPECIFIED.into(), ..Ports::free() };
        let listeners = Listeners::bind(ports).await.unwrap();
        assert!(listeners.api.local_addr().unwrap().ip().is_unspecified());
        assert!(listeners.urls().api.starts_with("http://127.0.0.1:"), "{:?}", listeners.urls());
    }
}
