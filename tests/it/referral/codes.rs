//! Shows that a learner has one code, which everybody can check and nobody can read anything from.

use reqwest::Method;
use serde_json::json;

use crate::support::app::TestApp;

#[tokio::test]
async fn a_code_is_made_once_however_many_ask() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let asked = futures_util::future::join_all((0..20).map(|_| ada.referral_code())).await;
    assert!(asked.iter().all(|code| *code == asked[0]), "{asked:?}");
    assert_eq!(app.rows_of("REFERRAL_CODE#", "").await.len(), 1, "no code is left over");

    let referrals = ada.referrals().await;
    let link = referrals["link"].as_str().unwrap();
    assert!(link.ends_with(&format!("/ref/{}", asked[0])), "{link}");
    assert_eq!(referrals["credit"], json!([]));
    assert_ne!(app.as_learner("grace").await.referral_code().await, asked[0]);
}

#[tokio::test]
async fn everybody_can_check_a_code_in_any_spelling() {
    let app = TestApp::start().await;
    let code = app.as_learner("ada").await.referral_code().await;
    let spelled = format!("%20{}-{}", code[..4].to_lowercase(), &code[4..]);
    let first = if code.starts_with('2') { '3' } else { '2' };
    let other = format!("{first}{}", &code[1..]);
    for (text, valid) in [(code.as_str(), true), (&spelled, true), (&other, false), ("nonsense", false), ("0", false)] {
        let path = format!("/referrals/codes/{text}");
        let answer = app.call_without_token(Method::GET, &path, None).await.expect(200);
        assert_eq!(answer, json!({"valid": valid}), "{text}");
    }
}

#[tokio::test]
async fn the_rows_of_codes_hold_no_address() {
    let app = TestApp::start().await;
    app.as_learner("ada").await.referral_code().await;
    let rows = app.rows_of("REFERRAL_CODE#", "").await;
    assert!(!rows[0].to_string().contains("example.com"), "{rows:?}");
}
