//! Grants, as an operator will write them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::learner::Learner;

impl Learner {
    /// Gives the learner a product, or everything, in place of what was granted before.
    pub(crate) async fn receive_grant(&self, product: Option<&str>, until: Option<&str>) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut scope = vec![("kind".to_owned(), text(if product.is_some() { "product" } else { "everything" }))];
        scope.extend(product.map(|product| ("product".to_owned(), text(product))));
        let until = until.map_or(AttributeValue::Null(true), text);
        let store = self.app.store();
        let put = store
            .client()
            .put_item()
            .table_name(store.table())
            .item("PK", text(&format!("USER#{}", self.user)))
            .item("SK", text("ACCESS#GRANT#g1"))
            .item("id", text("g1"))
            .item("version", AttributeValue::N("1".to_owned()))
            .item("scope", AttributeValue::M(scope.into_iter().collect()))
            .item("granted_by", text("admin"))
            .item("reason", text("a gift"))
            .item("since", text("2026-01-01T00:00:00Z"))
            .item("until", until);
        put.send().await.unwrap();
    }
}
