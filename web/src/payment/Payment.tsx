import { Anchor, Button, Skeleton, Stack } from "@mantine/core";
import { Elements } from "@stripe/react-stripe-js";
import { useQuery } from "@tanstack/react-query";
import type { CreatePaymentIntentResponse } from "@tuition/client";
import { usePaymentIntent } from "@tuition/react";
import { useCallback, useEffect, useEffectEvent, useState, type ReactNode } from "react";

import type { ProductOffer } from "../catalog/offers.ts";
import type { Buying } from "../checkout/useBuy.ts";
import { useConfig } from "../configContext.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import classes from "./Payment.module.css";
import { PaymentForm } from "./PaymentForm.tsx";
import PaymentResult from "./PaymentResult.tsx";
import { checkoutCredit } from "../referrals/credit.ts";
import { RefusalNotice } from "../referrals/RefusalNotice.tsx";
import { forgetCode, rememberedCode } from "../referrals/rememberedCode.ts";
import { loadStripeJs } from "./loadStripeJs.ts";
import { Notice } from "./Notice.tsx";
import { useAppearance } from "./useAppearance.ts";

export interface PaymentProps {
  offer: ProductOffer;
  /** The course that is opened then. */
  courseId: string;
  /** The way to Stripe's page, for what cannot be done here. */
  checkout: Buying;
  onClose: () => void;
}

/** Pays for a product on this page, and opens the course. */
export default function Payment({ offer, courseId, checkout, onClose }: PaymentProps): ReactNode {
  const { text } = useI18n();
  const { product, price } = offer;
  const [paid, setPaid] = useState<string>();
  const payAgain = useCallback(() => setPaid(undefined), []);
  const leave = () => checkout.buy({ price_id: price.price_id, product: product.id });
  if (paid !== undefined) return <PaymentResult paymentIntentId={paid} courseId={courseId} onEnd={payAgain} />;
  return (
    <Stack gap="md">
      <h3 className={classes.title}>{text.payment.title(product.name)}</h3>
      {checkout.error ? (
        <ErrorNotice error={checkout.error} />
      ) : (
        <OpenPayment offer={offer} courseId={courseId} onPaid={setPaid} onUnavailable={leave} />
      )}
      <p className={classes.note}>
        <Anchor component="button" type="button" onClick={leave}>
          {text.payment.elsewhere}
        </Anchor>
        . {text.payment.elsewhereWhy}
      </p>
      <Button variant="default" onClick={onClose}>
        {text.payment.back}
      </Button>
    </Stack>
  );
}

interface OpenPaymentProps {
  offer: ProductOffer;
  courseId: string;
  onPaid: (paymentIntentId: string) => void;
  /** This installation takes no payments on its pages. */
  onUnavailable: () => void;
}

function OpenPayment({ offer: { price }, courseId, onPaid, onUnavailable }: OpenPaymentProps): ReactNode {
  const { text } = useI18n();
  const [isReplaced, setIsReplaced] = useState(false);
  // The request stays the same when the code is forgotten, or another payment would be opened.
  const [code] = useState(rememberedCode);
  const { price_id, amount } = price;
  const { data, error, isUnavailable, isFetching, refetch } = usePaymentIntent({
    price_id,
    amount,
    ...(code !== undefined && { referral_code: code }),
  });
  const isRefused = data?.referral?.applied === false;
  useEffect(() => {
    if (isRefused) forgetCode();
  }, [isRefused]);
  const leave = useEffectEvent(onUnavailable);
  useEffect(() => {
    if (isUnavailable) leave();
  }, [isUnavailable]);
  const again = () => {
    setIsReplaced(false);
    void refetch();
  };
  if (isFetching || isUnavailable) return <LoadingFields />;
  if (error) return <ErrorNotice error={error} {...(error.status !== 409 && { onRetry: again })} />;
  if (isReplaced) return <Notice message={text.payment.replaced} onRetry={again} />;
  if (!data) return <LoadingFields />;
  return (
    <>
      <Discount intent={data} />
      <OnStripe
        // Another payment intent needs other fields.
        key={data.client_secret}
        intent={data}
        priceId={price_id}
        courseId={courseId}
        onPaid={onPaid}
        onReplaced={() => setIsReplaced(true)}
      />
    </>
  );
}

/** What credit pays of it, and why a referral code does not count. */
function Discount({ intent }: { intent: CreatePaymentIntentResponse }): ReactNode {
  const { text, format } = useI18n();
  const credit = checkoutCredit(intent);
  const reason = intent.referral?.reason;
  return (
    <>
      {reason != null && <RefusalNotice reason={reason} />}
      {credit && <p className={classes.note}>{text.referrals.used(format.money(credit.used, credit.currency))}</p>}
    </>
  );
}

interface OnStripeProps {
  intent: CreatePaymentIntentResponse;
  priceId: string;
  courseId: string;
  onPaid: (paymentIntentId: string) => void;
  onReplaced: () => void;
}

function OnStripe({ intent, ...others }: OnStripeProps): ReactNode {
  const { text, language } = useI18n();
  const { stripe_js_url } = useConfig();
  const appearance = useAppearance();
  const { publishable_key: key, client_secret: clientSecret } = intent;
  const stripe = useQuery({
    queryKey: ["Stripe.js", key],
    queryFn: () => loadStripeJs(key, stripe_js_url),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
    structuralSharing: false,
  });
  if (stripe.error) return <Notice message={text.payment.unavailable} onRetry={() => void stripe.refetch()} />;
  if (!stripe.data) return <LoadingFields />;
  return (
    <Elements stripe={stripe.data} options={{ clientSecret, appearance, locale: language }}>
      <PaymentForm {...others} intent={intent} />
    </Elements>
  );
}

function LoadingFields(): ReactNode {
  return (
    <Loading>
      <Stack gap="sm">
        <Skeleton height={44} />
        <Skeleton height={44} />
      </Stack>
    </Loading>
  );
}
