//! Shows how the stack serves the shop: built files with a policy and caching, a configuration, and a sentence when nothing is built.

use std::path::{Path, PathBuf};

use local::{Listeners, Options, Ports, Stack, Urls};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// A stack with a shop in a directory of its own. The files are not Vite's, so that no test needs Node.
struct Shop {
    stack: Stack,
    directory: PathBuf,
}

impl Shop {
    async fn start(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("tuition-shop-{name}-{}", std::process::id()));
        let options = Options { web_dir: directory.clone(), ..Options::ephemeral() };
        let stack = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options).await.unwrap();
        Self { stack, directory }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.directory.join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    async fn get(&self, path: &str) -> Response {
        reqwest::get(format!("{}{path}", self.stack.urls().web)).await.unwrap()
    }

    async fn stop(self) {
        self.stack.shutdown().await;
        std::fs::remove_dir_all(self.directory).ok();
    }
}

#[tokio::test]
async fn every_page_is_the_application_and_only_assets_are_cached() {
    let shop = Shop::start("pages").await;
    shop.write("index.html", "<p>the application");
    shop.write("assets/index-1a2b.js", "run()");
    for page in ["/", "/courses/vector-search", "/checkout/success?session_id=cs_1", "/signed-in", "/index.html"] {
        let answer = shop.get(page).await;
        assert_eq!(
            (answer.status(), &answer.headers()["cache-control"]),
            (StatusCode::OK, &"no-cache".parse().unwrap())
        );
        assert_eq!(answer.text().await.unwrap(), "<p>the application", "{page}");
    }
    let asset = shop.get("/assets/index-1a2b.js").await;
    assert_eq!(asset.headers()["content-type"], "text/javascript");
    assert_eq!(asset.headers()["cache-control"], "public, max-age=31536000, immutable");
    let gone = shop.get("/assets/index-0000.js").await;
    assert_eq!(
        (gone.status(), &gone.headers()["cache-control"]),
        (StatusCode::NOT_FOUND, &"no-cache".parse().unwrap())
    );
    // A new build is seen at once.
    shop.write("index.html", "<p>the next one");
    assert_eq!(shop.get("/").await.text().await.unwrap(), "<p>the next one");
    shop.stop().await;
}

#[tokio::test]
async fn the_shop_runs_only_its_own_scripts_and_stripes_and_calls_only_this_stack() {
    let shop = Shop::start("policy").await;
    shop.write("index.html", "<p>the application");
    let page = shop.get("/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    let Urls { api, identity, stripe, .. } = shop.stack.urls();
    for directive in [
        "default-src 'none';".to_owned(),
        format!("script-src 'self' {stripe};"),
        "style-src 'self';".to_owned(),
        format!("connect-src 'self' {api} {identity};"),
        format!("frame-src {stripe};"),
        "frame-ancestors 'none'".to_owned(),
    ] {
        assert!(policy.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    shop.stop().await;
}

#[tokio::test]
async fn the_configuration_names_this_stack_and_what_to_pay_with() {
    let shop = Shop::start("configuration").await;
    let urls = shop.stack.urls();
    let config: Value = shop.get("/config.json").await.json().await.unwrap();
    assert_eq!([&config["api_url"], &config["issuer"]], [&json!(urls.api), &json!(urls.identity)]);
    assert_eq!([&config["client_id"], &config["brand"]["name"]], ["tuition-local", "Tuition"]);
    assert_eq!(config["stripe_publishable_key"], "pk_test_tuition");
    let script = reqwest::get(config["stripe_js_url"].as_str().unwrap()).await.unwrap();
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(config["test_payments"]["dashboard_url"], json!(urls.stripe));
    let cards = config["test_payments"]["cards"].as_array().unwrap();
    let shown: Vec<_> = cards.iter().map(|card| (card["number"].as_str(), card["behavior"].as_str())).collect();
    let expected = local::test_payments::CARDS.iter().map(|&(number, behavior)| (Some(number), Some(behavior)));
    assert_eq!(shown, expected.collect::<Vec<_>>());
    shop.stop().await;
}

#[tokio::test]
async fn a_shop_that_is_not_built_says_so_and_everything_else_runs() {
    let shop = Shop::start("missing").await;
    assert!(!shop.stack.has_shop());
    let page = shop.get("/courses/vector-search").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().await.unwrap().contains("Install Node"));
    for path in ["/docs", "/icon.svg", "/config.json"] {
        assert_eq!(shop.get(path).await.status(), StatusCode::OK, "{path}");
    }
    let catalog = reqwest::get(format!("{}/catalog", shop.stack.urls().api)).await.unwrap();
    assert_eq!(catalog.status(), StatusCode::OK);
    shop.stop().await;
}
