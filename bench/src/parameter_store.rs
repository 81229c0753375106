//! A minimal Parameter Store with GetParameters, which functions call at their start. See
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves the parameters on a free port until the process ends. Returns the URL.
pub(crate) async fn serve(parameters: BTreeMap<String, String>) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(get_parameters).with_state(Arc::new(parameters));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("the parameter store stopped: {error}");
        }
    });
    Ok(url)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameters {
    names: Vec<String>,
}

async fn get_parameters(
    State(parameters): State<Arc<BTreeMap<String, String>>>,
    body: Bytes,
) -> Result<impl IntoResponse, StatusCode> {
    let wanted: GetParameters = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let (known, unknown): (Vec<_>, Vec<_>) = wanted.names.into_iter().partition(|name| parameters.contains_key(name));
    let found: Vec<Value> = known
        .iter()
        .map(|name| json!({ "Name": name, "Type": "SecureString", "Value": parameters.get(name), "Version": 1 }))
        .collect();
    let answer = json!({ "Parameters": found, "InvalidParameters": unknown });
    Ok(([("content-type", "application/x-amz-json-1.1")], answer.to_string()))
}
