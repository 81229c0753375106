//! `tuition catalog show`: what the table offers right now.

use std::fmt::Write;

use shared::domain::{Catalog, Category};

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
    }
    text.push_str("\nProducts\n");
    for product in catalog.offered() {
        let opens: Vec<&str> = product.courses.iter().map(|course| course.as_str()).collect();
        let _ = writeln!(text, "  {:<22} opens {}", product.id, opens.join(", "));
        for price in &product.prices {
            let (amount, currency) = (price.money.amount, price.money.currency);
            let _ = writeln!(text, "  {:<22} {amount:>8} {currency}  {}", "", price.id);
        }
        if product.prices.is_empty() {
            let _ = writeln!(text, "  {:<22} not on sale", "");
        }
    }
    text
}
