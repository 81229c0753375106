//! Payment links: a page that creates a new Checkout session for every visitor.

use serde_json::{Value, json};

use super::account::{Account, id};

const PATH: &str = "/v1/payment_links";

/// A link that sells two units of a product for $49.00, and the path of its page.
async fn link(stripe: &Account, more: &str) -> (String, String) {
    let product = id(&stripe.post("/v1/products", "name=Course").await);
    let price = id(&stripe.post("/v1/prices", &format!("product={product}&currency=usd&unit_amount=4900")).await);
    let link = stripe.post(PATH, &format!("line_items[0][price]={price}&line_items[0][quantity]=2{more}")).await;
    let page = link["url"].as_str().unwrap().strip_prefix(&stripe.url).unwrap().to_owned();
    (id(&link), page)
}

/// Opens the page of a link, and returns the session that it redirects to.
async fn open(stripe: &Account, page: &str) -> Value {
    let answer = stripe.call("GET", page, "", None).await;
    assert_eq!(answer.status().as_u16(), 303, "{page}");
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let session = location.rsplit('/').next().unwrap();
    assert_eq!(location, format!("{}/c/pay/{session}", stripe.url));
    stripe.get(&format!("/v1/checkout/sessions/{session}")).await
}

#[tokio::test]
async fn each_visitor_of_a_payment_link_gets_a_session() {
    let stripe = Account::open().await;
    let (link, page) = link(&stripe, "&metadata[campaign]=may&allow_promotion_codes=true").await;
    let (first, second) = (open(&stripe, &page).await, open(&stripe, &page).await);
    assert_ne!(first["id"], second["id"]);
    assert_eq!((&first["payment_link"], &first["amount_total"]), (&json!(link), &json!(9_800)));
    assert_eq!((&first["metadata"]["campaign"], &first["allow_promotion_codes"]), (&json!("may"), &json!(true)));
    let paid = stripe.pay_by_card(&id(&first), "4242424242424242").await;
    let thanks = paid.location.strip_prefix(&stripe.url).unwrap();
    assert_eq!(stripe.call("GET", thanks, "", None).await.status().as_u16(), 200);
    let sessions = stripe.get(&format!("/v1/checkout/sessions?payment_link={link}&status=complete")).await;
    assert_eq!(sessions["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&first)]);
    let event = &stripe.get("/v1/events?type=checkout.session.completed").await["data"][0];
    assert_eq!(event["data"]["object"]["payment_link"], link);
}

#[tokio::test]
async fn a_payment_link_can_sell_a_subscription_and_redirect() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let redirect =
        "after_completion[type]=redirect&after_completion[redirect][url]=http://shop.test/ok?s={CHECKOUT_SESSION_ID}";
    let form = format!("line_items[0][price]={price}&{redirect}&subscription_data[metadata][a]=1");
    let link = stripe.post(PATH, &form).await;
    assert_eq!(link["after_completion"]["type"], "redirect");
    let page = link["url"].as_str().unwrap().strip_prefix(&stripe.url).unwrap();
    let session = open(&stripe, &format!("{page}?client_reference_id=user_1")).await;
    assert_eq!((&session["mode"], &session["client_reference_id"]), (&json!("subscription"), &json!("user_1")));
    let paid = stripe.pay_by_card(&id(&session), "4242424242424242").await;
    assert_eq!(paid.location, format!("http://shop.test/ok?s={}", id(&session)));
    assert_eq!(stripe.get("/v1/subscriptions").await["data"][0]["metadata"]["a"], "1");
}

#[tokio::test]
async fn a_payment_link_is_retrieved_listed_and_deactivated() {
    let stripe = Account::open().await;
    let (first, page) = link(&stripe, "&inactive_message=Sold out&payment_method_types[]=card").await;
    let (second, _) = link(&stripe, "").await;
    let path = format!("{PATH}/{first}");
    let shown = stripe.get(&path).await;
    assert_eq!((&shown["object"], &shown["active"]), (&json!("payment_link"), &json!(true)));
    assert_eq!(shown["payment_method_types"], json!(["card"]));
    assert_eq!((&shown["currency"], &shown["submit_type"]), (&json!("usd"), &json!("auto")));
    let lines = stripe.get(&format!("{path}/line_items")).await;
    assert_eq!((&lines["data"][0]["quantity"], &lines["data"][0]["amount_total"]), (&json!(2), &json!(9_800)));
    assert_eq!(stripe.get(&format!("{path}?expand[]=line_items")).await["line_items"]["data"], lines["data"]);

    let changed = stripe.post(&path, "active=false&metadata[a]=1").await;
    assert_eq!((&changed["active"], &changed["metadata"]["a"]), (&json!(false), &json!("1")));
    let answer = stripe.call("GET", &page, "", None).await;
    assert_eq!(answer.status().as_u16(), 404);
    assert!(answer.text().await.unwrap().contains("Sold out"));
    let ids = |list: Value| list["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    assert_eq!(ids(stripe.get(PATH).await), [second.as_str(), &first]);
    assert_eq!(ids(stripe.get(&format!("{PATH}?active=false")).await), [first.as_str()]);
    let events: Vec<String> =
        stripe.event_types().await.into_iter().filter(|event| event.starts_with("payment_link.")).collect();
    assert_eq!(events, ["payment_link.created", "payment_link.created", "payment_link.updated"]);
    stripe.post(&path, "active=true").await;
    assert_eq!(open(&stripe, &page).await["metadata"]["a"], "1");
}

#[tokio::test]
async fn invalid_payment_links_are_refused() {
    let stripe = Account::open().await;
    let price = stripe.price(2_000, "month", "").await;
    let item = format!("line_items[0][price]={price}");
    let cases = [
        (String::new(), 400, "line_items"),
        ("line_items[0][price]=price_x".to_owned(), 404, "line_items[0][price]"),
        (format!("{item}&nosuch=1"), 400, "nosuch"),
        (format!("{item}&after_completion[type]=redirect"), 400, "after_completion[redirect][url]"),
        (
            format!("{item}&after_completion[type]=redirect&after_completion[redirect][url]=ok"),
            400,
            "after_completion[redirect][url]",
        ),
        (format!("{item}&payment_intent_data[description]=x"), 400, "payment_intent_data"),
        (format!("{item}&submit_type=give"), 400, "submit_type"),
    ];
    for (form, status, param) in cases {
        let (found, error) = stripe.post_refused(PATH, &form).await;
        assert_eq!((found, &error["param"]), (status, &json!(param)), "{form}: {error}");
    }
    assert_eq!(stripe.get(PATH).await["data"], json!([]));
    assert_eq!(stripe.call("GET", "/b/plink_x", "", None).await.status().as_u16(), 404);
}
