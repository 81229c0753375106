//! `tuition catalog show`: the catalog in the table.

use std::fmt::Write;

use shared::domain::{Catalog, Category, Course, Product, Unlock};

/// The catalog as text.
pub fn render(catalog: &Catalog) -> String {
    let mut text = String::from("Courses\n");
    // Writing to a String cannot fail.
    for course in catalog.courses() {
        let category = match course.category {
            Category::Free => "free",
            Category::Curriculum => "curriculum",
            Category::Alacarte => "a la carte",
            Category::Track => "track",
        };
        let steps: usize = course.modules.iter().map(|module| module.steps.len()).sum();
        let modules = course.modules.len();
        let _ = writeln!(text, "  {:<22} {category:<11} {modules} modules, {steps} steps  {}", course.id, course.title);
        write_rules(&mut text, course);
    }
    text.push_str("\nProducts\n");
    for product in catalog.one_time_products() {
        let _ = writeln!(text, "  {:<22} opens {}", product.id, course_list(product));
        write_prices(&mut text, product);
    }
    text.push_str("\nPlans\n");
    for (product, plan) in catalog.plans() {
        let trial = if plan.trial_days > 0 { format!(", {} days of trial", plan.trial_days) } else { String::new() };
        let _ = writeln!(text, "  {:<22} {} of {}{trial}", product.id, plan.tier.as_str(), plan.family);
        if !product.courses.is_empty() {
            let _ = writeln!(text, "  {:<22} opens {}", "", course_list(product));
        }
        for (meter, limit) in &plan.limits {
            let _ = match limit.at_most {
                Some(most) => writeln!(text, "  {:<22} {most} {meter} per {}", "", limit.per.as_str()),
                None => writeln!(text, "  {:<22} unlimited {meter}", ""),
            };
        }
        if product.has_stripe_price() {
            write_prices(&mut text, product);
        }
    }
    text
}

/// In which order and when a course opens, where that is said at all.
fn write_rules(text: &mut String, course: &Course) {
    if let Some(starts_at) = course.starts_at {
        let _ = writeln!(text, "  {:<22} starts at {starts_at}", "");
    }
    if course.unlock == Unlock::Sequential {
        let _ = writeln!(text, "  {:<22} one module after the other", "");
    }
    for module in &course.modules {
        if let Some(days) = module.opens_after_days {
            let _ = writeln!(text, "  {:<22} {} opens after {days} days", "", module.id);
        }
    }
    if course.certificate {
        let _ = writeln!(text, "  {:<22} with a certificate", "");
    }
}

fn course_list(product: &Product) -> String {
    product.courses.iter().map(|course| course.as_str()).collect::<Vec<_>>().join(", ")
}

fn write_prices(text: &mut String, product: &Product) {
    for price in &product.prices {
        let (amount, currency) = (price.money.amount, price.money.currency);
        let per = price.interval.map_or(String::new(), |interval| format!(" per {}", interval.as_str()));
        let _ = writeln!(text, "  {:<22} {amount:>8} {currency}{per}  {}", "", price.id);
    }
    if product.prices.is_empty() {
        let _ = writeln!(text, "  {:<22} not on sale", "");
    }
}
