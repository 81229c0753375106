import { lazy, type ReactNode } from "react";
import { Navigate, Route, Routes } from "react-router";

import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from "./auth/userManager.ts";
import { CatalogPage } from "./catalog/CatalogPage.tsx";
import { Layout } from "./layout/Layout.tsx";

const CoursePage = lazy(() => import("./course/CoursePage.tsx"));
const StepPage = lazy(() => import("./course/StepPage.tsx"));
const PricingPage = lazy(() => import("./pricing/PricingPage.tsx"));
const AccountPage = lazy(() => import("./account/AccountPage.tsx"));
const SuccessPage = lazy(() => import("./checkout/SuccessPage.tsx"));
const CancelPage = lazy(() => import("./checkout/CancelPage.tsx"));
const SignInFailedPage = lazy(() => import("./auth/SignInFailedPage.tsx"));
const SignedOutPage = lazy(() => import("./auth/SignedOutPage.tsx"));
const CertificatePage = lazy(() => import("./certificate/CertificatePage.tsx"));
const RefundQueuePage = lazy(() => import("./admin/RefundQueuePage.tsx"));
const RefundRequestPage = lazy(() => import("./admin/RefundRequestPage.tsx"));
const ReferralsPage = lazy(() => import("./referrals/ReferralsPage.tsx"));
const ReferralLandingPage = lazy(() => import("./referrals/ReferralLandingPage.tsx"));
const NotFoundPage = lazy(() => import("./errors/NotFoundPage.tsx"));

/** Every page. The first one is a part of what is loaded first, the others are loaded when they are opened. */
export function AppRoutes(): ReactNode {
  return (
    <Routes>
      <Route element={<Layout />}>
        <Route index element={<CatalogPage />} />
        <Route path="courses/:courseId" element={<CoursePage />} />
        <Route path="courses/:courseId/:moduleId/:stepId" element={<StepPage />} />
        <Route path="pricing" element={<PricingPage />} />
        <Route path="account" element={<AccountPage />} />
        <Route path="checkout/success" element={<SuccessPage />} />
        <Route path="checkout/cancel" element={<CancelPage />} />
        <Route path="certificates/:certificateId" element={<CertificatePage />} />
        <Route path="referrals" element={<ReferralsPage />} />
        <Route path="ref/:code" element={<ReferralLandingPage />} />
        <Route path="admin" element={<Navigate to="/admin/refund-requests" replace />} />
        <Route path="admin/refund-requests" element={<RefundQueuePage />} />
        <Route path="admin/refund-requests/:requestId" element={<RefundRequestPage />} />
        <Route path={SIGNED_IN_PATH} element={<SignInFailedPage />} />
        <Route path={SIGNED_OUT_PATH} element={<SignedOutPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}
