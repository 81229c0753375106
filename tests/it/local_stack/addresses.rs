//! Shows how the addresses that a developer configures are used: other web pages, another Stripe.

use local::{Listeners, Options, Ports, Stack, StripeBackend};
use serde_json::{Value, json};

async fn start(options: Options) -> Stack {
    Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options).await.unwrap()
}

#[tokio::test]
async fn app_origins_are_allowed_beside_the_shop() {
    let options = Options::ephemeral().with_variable("APP_ORIGINS", "https://School.example/, http://localhost:4000");
    let stack = start(options).await;
    let (http, urls) = (reqwest::Client::new(), stack.urls());
    let allowed = async |url: String, origin: &str| {
        let answer = http.get(url).header("origin", origin).send().await.unwrap();
        answer.headers().get("access-control-allow-origin").is_some_and(|allowed| allowed == origin)
    };
    let shop = urls.web.replace("127.0.0.1", "localhost");
    for origin in [urls.web.as_str(), &shop, "https://school.example", "http://localhost:4000"] {
        assert!(allowed(format!("{}/catalog", urls.api), origin).await, "{origin}");
        assert!(allowed(format!("{}/.well-known/jwks.json", urls.identity), origin).await, "{origin}");
        assert_eq!(pay_and_return_to(&stack, Some(origin)).await, Ok(format!("{origin}/done")));
    }
    assert!(!allowed(format!("{}/catalog", urls.api), "https://evil.example").await);
    assert_eq!(pay_and_return_to(&stack, Some("https://evil.example")).await, Err("url_not_allowed".to_owned()));
    let home = pay_and_return_to(&stack, None).await.unwrap();
    assert!(home.starts_with(&urls.web), "without a success URL, payments return to the shop: {home}");
    stack.shutdown().await;
}

/// A proxy in front of Stripe, say. Another stack's stand-in plays Stripe itself here.
#[tokio::test]
async fn a_configured_address_of_stripe_is_used_and_shown() {
    let stripe = start(Options::ephemeral()).await;
    let side = StripeBackend::Stripe { secret_key: "sk_test_other".into(), webhook_secret: "whsec_other".into() };
    let base = format!("{}/", stripe.urls().stripe);
    let options = Options { stripe: side, ..Options::ephemeral().with_variable("STRIPE_API_BASE", &base) };
    let stack = start(options).await;
    assert_eq!(stack.urls().stripe, stripe.urls().stripe);
    let session = pay_and_return_to(&stack, None).await.unwrap();
    assert!(session.starts_with(&stack.urls().web), "{session}");
    stack.shutdown().await;
    stripe.shutdown().await;
}

/// The success URL of a checkout that asks for one on `origin`, as Stripe has it, or the code of the refusal.
async fn pay_and_return_to(stack: &Stack, origin: Option<&str>) -> Result<String, String> {
    let (http, urls) = (reqwest::Client::new(), stack.urls());
    let claims = stack.identity().claims("ada@example.com", &[]).unwrap();
    let token = stack.identity().sign(&claims).unwrap();
    let mut request = json!({ "course_id": "vector-search" });
    if let Some(origin) = origin {
        request["success_url"] = json!(format!("{origin}/done"));
    }
    let posted = http.post(format!("{}/checkout/sessions", urls.api)).bearer_auth(token).json(&request);
    let answer: Value = posted.send().await.unwrap().json().await.unwrap();
    let Some(session) = answer["session_id"].as_str() else { return Err(answer["code"].as_str().unwrap().to_owned()) };
    let path = format!("{}/v1/checkout/sessions/{session}", urls.stripe);
    let session: Value = http.get(path).bearer_auth(stack.stripe_key()).send().await.unwrap().json().await.unwrap();
    Ok(session["success_url"].as_str().unwrap().to_owned())
}
