// Stripe's official SDK against the stand-in. The stand-in passes when the SDK notices no difference.
// Run by tests/it/local_stack/stripe_tools.rs; by hand: STRIPE_BASE=http://127.0.0.1:12111 STRIPE_KEY=sk_test_x node sdk.test.mjs

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import Stripe from 'stripe';

const base = new URL(process.env.STRIPE_BASE ?? 'http://127.0.0.1:12111');
const key = process.env.STRIPE_KEY ?? 'sk_test_tuition';

function connect(secretKey) {
  const { hostname: host, port, protocol } = base;
  return new Stripe(secretKey, { host, port, protocol: protocol.slice(0, -1), maxNetworkRetries: 0, telemetry: false });
}

const stripe = connect(key);

async function newPrice(unit_amount) {
  const product = await stripe.products.create({ name: 'A course', metadata: { tuition_product: 'sdk-course' } });
  return stripe.prices.create({ product: product.id, currency: 'usd', unit_amount });
}

async function newSession(price, more = {}) {
  return stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'http://127.0.0.1:3000/thanks?session_id={CHECKOUT_SESSION_ID}',
    ...more,
  });
}

// What a browser posts on the hosted page.
async function payOnThePage(session, card_number) {
  const form = { email: 'grace@example.com', method: 'card', card_number, exp: '12/40', cvc: '123', name: 'Grace' };
  return fetch(session.url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

async function paidIntent(amount) {
  const price = await newPrice(amount);
  const session = await newSession(price);
  await payOnThePage(session, '4242424242424242');
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge'] });
  return paid.payment_intent;
}

async function refusal(call) {
  return call.then(() => assert.fail('the call was expected to be refused'), (error) => error);
}

test('a customer is created, read, changed and deleted', async () => {
  const created = await stripe.customers.create({ email: 'ada@example.com', metadata: { plan: 'gold' } });
  assert.match(created.id, /^cus_/);
  assert.equal(created.livemode, false);
  assert.match(created.lastResponse.requestId, /^req_/);

  const changed = await stripe.customers.update(created.id, { name: 'Ada', metadata: { plan: '', seat: '7' } });
  assert.equal(changed.name, 'Ada');
  assert.deepEqual(changed.metadata, { seat: '7' }, 'an empty value removes its key');

  assert.equal((await stripe.customers.retrieve(created.id)).email, 'ada@example.com');
  assert.equal((await stripe.customers.del(created.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(created.id)).deleted, true);
});

test('a price belongs to its product and is found by its lookup key', async () => {
  const price = await newPrice(4900);
  const lookup_key = `key-${price.id}`;
  await stripe.prices.update(price.id, { lookup_key });
  const found = await stripe.prices.list({ lookup_keys: [lookup_key], expand: ['data.product'] });
  assert.equal(found.data.length, 1);
  assert.equal(found.data[0].unit_amount, 4900);
  assert.equal(found.data[0].product.metadata.tuition_product, 'sdk-course');
});

test('a session is paid on its hosted page', async () => {
  const price = await newPrice(4900);
  const customer = await stripe.customers.create({ email: 'grace@example.com' });
  const session = await newSession(price, {
    customer: customer.id,
    metadata: { order: '1' },
    payment_intent_data: { metadata: { order: '1' } },
  });
  assert.deepEqual([session.status, session.payment_status, session.amount_total], ['open', 'unpaid', 4900]);
  assert.match(session.id, /^cs_test_/);

  const answer = await payOnThePage(session, '4242 4242 4242 4242');
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get('location'), `http://127.0.0.1:3000/thanks?session_id=${session.id}`);

  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['payment_intent.latest_charge', 'line_items'],
  });
  assert.deepEqual([paid.status, paid.payment_status], ['complete', 'paid']);
  assert.equal(paid.payment_intent.status, 'succeeded');
  assert.equal(paid.payment_intent.amount_received, 4900);
  assert.equal(paid.payment_intent.customer, customer.id);
  assert.equal(paid.payment_intent.metadata.order, '1');
  assert.equal(paid.payment_intent.latest_charge.paid, true);
  assert.equal(paid.line_items.data[0].price.id, price.id);
});

test('a declined card leaves the session open', async () => {
  const session = await newSession(await newPrice(4900));
  assert.equal((await payOnThePage(session, '4000000000000002')).status, 402);
  assert.equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'open');
  assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
});

test('refunds add up to the charge and no further', async () => {
  const intent = await paidIntent(5000);
  const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 2000, reason: 'requested_by_customer' });
  assert.deepEqual([first.status, first.amount, first.charge], ['succeeded', 2000, intent.latest_charge.id]);
  const rest = await stripe.refunds.create({ payment_intent: intent.id });
  assert.equal(rest.amount, 3000);

  const charge = await stripe.charges.retrieve(intent.latest_charge.id);
  assert.deepEqual([charge.amount_refunded, charge.refunded], [5000, true]);
  const listed = await stripe.refunds.list({ payment_intent: intent.id });
  assert.deepEqual(listed.data.map(({ id }) => id), [rest.id, first.id], 'newest first');

  const error = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
  assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
  assert.equal(error.code, 'charge_already_refunded');
});

test('a subscription begins, changes, is previewed and ends', async () => {
  const customer = await stripe.customers.create({
    email: 'grace@example.com',
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const product = await stripe.products.create({ name: 'Premium' });
  const price = (unit_amount, interval) =>
    stripe.prices.create({ product: product.id, currency: 'usd', unit_amount, recurring: { interval } });
  const [month, year] = [await price(2000, 'month'), await price(20_000, 'year')];

  const begun = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: month.id }],
    metadata: { order: '1' },
    expand: ['latest_invoice.payments'],
  });
  assert.equal(begun.status, 'active');
  assert.equal(begun.latest_invoice.parent.subscription_details.metadata.order, '1');
  assert.equal(begun.latest_invoice.payments.data[0].amount_paid, 2000);
  assert.ok(begun.items.data[0].current_period_end > begun.start_date);

  const items = [{ id: begun.items.data[0].id, price: year.id }];
  const preview = await stripe.invoices.createPreview({ subscription: begun.id, subscription_details: { items } });
  const changed = await stripe.subscriptions.update(begun.id, { items, payment_behavior: 'pending_if_incomplete' });
  const invoice = await stripe.invoices.retrieve(changed.latest_invoice);
  assert.deepEqual([invoice.status, invoice.total], ['paid', preview.total]);

  await stripe.subscriptions.update(begun.id, { cancel_at: 'min_period_end' });
  const listed = await stripe.subscriptions.list({ customer: customer.id });
  assert.deepEqual(listed.data.map(({ id, cancel_at_period_end }) => [id, cancel_at_period_end]), [[begun.id, false]]);
  assert.equal((await stripe.subscriptions.cancel(begun.id)).status, 'canceled');
  assert.deepEqual((await stripe.subscriptions.list({ customer: customer.id })).data, []);

  const portal = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'https://shop.test' });
  assert.equal((await fetch(portal.url)).status, 200);
});

test('a test clock renews', async () => {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_750_000_000 });
  const customer = await stripe.customers.create({ test_clock: clock.id, payment_method: 'pm_card_visa' });
  const [card] = (await stripe.paymentMethods.list({ customer: customer.id })).data;
  const product = await stripe.products.create({ name: 'Premium' });
  const { id: price } = await stripe.prices.create({
    product: product.id, currency: 'usd', unit_amount: 999, recurring: { interval: 'month' },
  });
  const { id } = await stripe.subscriptions.create({
    customer: customer.id, items: [{ price }], default_payment_method: card.id,
  });
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_750_000_000 + 32 * 86_400 });
  const invoices = await stripe.invoices.list({ subscription: id });
  assert.deepEqual(invoices.data.map(({ status, billing_reason }) => [status, billing_reason]), [
    ['paid', 'subscription_cycle'],
    ['paid', 'subscription_create'],
  ]);
  assert.equal((await stripe.testHelpers.testClocks.retrieve(clock.id)).status, 'ready');
  await stripe.testHelpers.testClocks.del(clock.id);
});

test('what happened is listed as events', async () => {
  const intent = await paidIntent(1500);
  const events = await stripe.events.list({ type: 'payment_intent.succeeded', limit: 1 });
  const [event] = events.data;
  assert.equal(event.data.object.id, intent.id);
  assert.equal((await stripe.events.retrieve(event.id)).type, 'payment_intent.succeeded');
});

test('a list is walked page by page', async () => {
  const email = `walk-${process.pid}@example.com`;
  const created = [];
  for (let number = 0; number < 5; number += 1) {
    created.push((await stripe.customers.create({ email, name: `Number ${number}` })).id);
  }
  const page = await stripe.customers.list({ email, limit: 2 });
  assert.deepEqual([page.data.length, page.has_more], [2, true]);
  const walked = await stripe.customers.list({ email, limit: 2 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(walked.map(({ id }) => id), created.toReversed());
});

test('errors are the SDK\'s own', async () => {
  const missing = await refusal(stripe.customers.retrieve('cus_nobody'));
  assert.ok(missing instanceof Stripe.errors.StripeInvalidRequestError);
  assert.deepEqual([missing.statusCode, missing.code, missing.param], [404, 'resource_missing', 'id']);
  assert.match(missing.requestId, /^req_/);

  const unknown = await refusal(stripe.customers.create({ shoe_size: 42 }));
  assert.ok(unknown instanceof Stripe.errors.StripeInvalidRequestError);
  assert.deepEqual([unknown.code, unknown.param], ['parameter_unknown', 'shoe_size']);

  const stranger = await refusal(connect('sk_live_stranger').customers.list());
  assert.ok(stranger instanceof Stripe.errors.StripeAuthenticationError);

  const declined = await refusal(stripe.paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    payment_method: 'pm_card_chargeDeclinedInsufficientFunds',
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  }));
  assert.ok(declined instanceof Stripe.errors.StripeCardError);
  assert.deepEqual([declined.code, declined.decline_code], ['card_declined', 'insufficient_funds']);
});

test('an idempotency key gives the first answer again, and refuses another call', async () => {
  const idempotencyKey = `sdk-${process.pid}-${Date.now()}`;
  const params = { email: 'once@example.com' };
  const first = await stripe.customers.create(params, { idempotencyKey });
  const again = await stripe.customers.create(params, { idempotencyKey });
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');

  const error = await refusal(stripe.customers.create({ email: 'twice@example.com' }, { idempotencyKey }));
  assert.ok(error instanceof Stripe.errors.StripeIdempotencyError);
});

test('a delivery is signed so that the SDK accepts it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = await stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.address().port}/`,
    enabled_events: ['customer.created'],
  });
  const received = once(server, 'request');
  const customer = await stripe.customers.create({ email: 'signed@example.com' });
  const [request, response] = await received;
  const payload = Buffer.concat(await request.toArray());
  response.end();

  const event = stripe.webhooks.constructEvent(payload, request.headers['stripe-signature'], endpoint.secret);
  assert.deepEqual([event.type, event.data.object.id], ['customer.created', customer.id]);
  assert.throws(
    () => stripe.webhooks.constructEvent(payload, request.headers['stripe-signature'], 'whsec_another'),
    Stripe.errors.StripeSignatureVerificationError,
  );
  await stripe.webhookEndpoints.del(endpoint.id);
  server.closeAllConnections();
  server.close();
});
