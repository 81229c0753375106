//! The files of Stripe.js, as a browser loads them. The tests in a browser are the shop's: `web/test/browser`.

use super::account::Account;

#[tokio::test]
async fn stripe_js_is_served_as_javascript_at_stripes_own_paths() {
    let stripe = Account::open().await;
    let mut texts = Vec::new();
    for path in ["/endive/stripe.js", "/v3/", "/v3/stripe.js"] {
        let script = stripe.call("GET", path, "", None).await;
        assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8", "{path}");
        texts.push(script.text().await.unwrap());
    }
    assert!(texts[0].contains("window.Stripe = Stripe"));
    assert!(texts.iter().all(|text| *text == texts[0]));
}

#[tokio::test]
async fn the_page_of_an_element_loads_its_own_files_and_nothing_else() {
    let stripe = Account::open().await;
    let page = stripe.call("GET", "/elements/element.html", "", None).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("frame-ancestors"), "{policy}");
    let mut pending = vec![page.text().await.unwrap()];
    let mut loaded = Vec::new();
    while let Some(text) = pending.pop() {
        for name in ["element.css", "element.js", "fields.js", "messages.js"] {
            let is_named = text.contains(&format!("/elements/{name}\"")) || text.contains(&format!("\"./{name}\""));
            if is_named && !loaded.contains(&name) {
                let file = stripe.call("GET", &format!("/elements/{name}"), "", None).await;
                assert_eq!(file.status().as_u16(), 200, "{name}");
                let expected = if name.ends_with(".css") { "text/css" } else { "text/javascript" };
                assert!(file.headers()["content-type"].to_str().unwrap().starts_with(expected), "{name}");
                loaded.push(name);
                pending.push(file.text().await.unwrap());
            }
        }
    }
    loaded.sort_unstable();
    assert_eq!(loaded, ["element.css", "element.js", "fields.js", "messages.js"]);
}
