//! Tests of the file's plans.

use super::CatalogFile;

const COURSES: &str = "courses: [{id: a, title: A, summary: S, category: alacarte}, {id: f, title: F, summary: S, category: free}]\n\
     products: [{id: p, name: P, description: D, courses: [a], prices: {usd: 1}}]\n";

/// Parses plans without name and description.
fn parse(plans: &[&str]) -> Result<CatalogFile, String> {
    let plans: Vec<String> = plans.iter().map(|plan| format!("{{name: N, description: D, {plan}}}")).collect();
    let yaml = format!("{COURSES}plans: [{}]", plans.join(", "));
    CatalogFile::parse(&yaml).map_err(|error| error.to_string())
}

#[test]
fn an_error_names_contradictory_plans() {
    let month = "prices: {month: {usd: 900}}";
    let cases: &[(&[&str], &str)] = &[
        (&["id: x, courses: [b], prices: {month: {usd: 1}}"], "x includes b, which is not a course"),
        (&["id: x, courses: [f], prices: {month: {usd: 1}}"], "x includes f, which is free"),
        (&["id: x, courses: [a]"], "plan x is paid and has no price"),
        (&["id: x, courses: [a], prices: {month: {}}"], "plan x is paid and has no price"),
        (&["id: x, courses: [a], prices: {month: {usd: 0}}"], "amounts are whole minor units from 1"),
        (&["id: x, prices: {month: {usd: 1}}"], "plan x has neither courses nor limits"),
        (&["id: x, courses: [a], trial_days: 731, prices: {month: {usd: 1}}"], "731 trial days: 730 is the most"),
        (&["id: x, tier: free, prices: {month: {usd: 1}}"], "plan x is of tier free and has a price"),
        (&["id: x, tier: contact, prices: {year: {usd: 1}}"], "plan x is of tier contact and has a price"),
        (&["id: x, tier: contact, trial_days: 7"], "plan x is of tier contact and has a trial"),
        (&["id: x, tier: free, courses: [a]"], "category free instead"),
        (&["id: x, tier: free", "id: y, tier: free"], "x and y are both of tier free"),
        (&["id: p, tier: free"], "there are two products or plans with the id p"),
        (
            &["id: x, tier: free, limits: {m: 1 per day}", "id: y, tier: contact, limits: {m: 1 per week}"],
            "m is counted per day in x and per week in y",
        ),
        (&["id: x, tier: free, limits: {m: unlimited}"], "m is unlimited in every plan that lists it"),
    ];
    for (plans, sentence) in cases {
        let error = parse(plans).unwrap_err();
        assert!(error.contains(sentence), "{plans:?}: {error}");
    }
    parse(&[&format!("id: x, courses: [a], trial_days: 730, {month}")]).unwrap();
}

#[test]
fn a_limit_is_a_number_per_period_or_none() {
    for limit in ["30", "30 per year", "-1 per day", "1.5 per day", "many per day", "30 per  day", "per day", "''"] {
        let error = parse(&[&format!("id: x, tier: free, limits: {{m: {limit}}}")]).unwrap_err();
        assert!(error.contains("a limit is `30 per day`"), "{limit}: {error}");
    }
    parse(&["id: x, tier: free, limits: {m: 0 per month}"]).unwrap();
}

#[test]
fn an_unlimited_meter_has_the_period_of_the_other_plans() {
    let file = parse(&["id: x, tier: contact, limits: {m: unlimited}", "id: y, tier: free, limits: {m: 5 per week}"]);
    let file = file.unwrap();
    let limits = |id: &str| {
        let file_product = file.products.iter().find(|file_product| file_product.product.id.as_str() == id).unwrap();
        serde_json::to_value(&file_product.product.plan.as_ref().unwrap().limits).unwrap()
    };
    assert_eq!(limits("x"), serde_json::json!({"m": {"at_most": null, "per": "week"}}));
    assert_eq!(limits("y"), serde_json::json!({"m": {"at_most": 5, "per": "week"}}));
}

#[test]
fn a_field_that_no_plan_has_is_refused() {
    for field in ["trial: 7", "interval: month", "tier: gold", "prices: {fortnight: {usd: 1}}", "trial_days: -1"] {
        parse(&[&format!("id: x, {field}")]).unwrap_err();
    }
}
