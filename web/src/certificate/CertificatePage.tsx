import { Button, Group, Skeleton } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import type { CertificateResponse } from "@tuition/client";
import { useCertificate } from "@tuition/react";
import type { ReactNode } from "react";
import { useParams } from "react-router";

import { useConfig } from "../configContext.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import { Loading } from "../layout/Loading.tsx";
import { Page } from "../layout/Page.tsx";
import classes from "./Certificate.module.css";

/** A certificate, as everybody who has its address sees it. It is printed on one page. */
export default function CertificatePage(): ReactNode {
  const { certificateId = "" } = useParams();
  const { text } = useI18n();
  const { data: certificate, error, refetch } = useCertificate(certificateId);
  if (certificate) return <Certificate certificate={certificate} />;
  if (error?.code === "not_found") {
    return <Page key="unknown" title={text.certificate.unknownTitle} lead={text.certificate.unknown} narrow />;
  }
  return (
    <Page title={text.certificate.title}>
      {error ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading>
          <Skeleton mt="lg" className={classes.placeholder} />
        </Loading>
      )}
    </Page>
  );
}

function Certificate({ certificate }: { certificate: CertificateResponse }): ReactNode {
  const { text, format } = useI18n();
  const { brand } = useConfig();
  const { id, name, course_title, completed_on, status } = certificate;
  const isValid = status === "valid";
  return (
    <div className={classes.page}>
      <Page title={text.certificate.title} lead={isValid ? text.certificate.valid : text.certificate.revoked}>
        {isValid && (
          <Group mt="md" gap="md" className={classes.tools}>
            <Button
              variant="default"
              leftSection={<IconPrinter size={18} aria-hidden />}
              onClick={() => window.print()}
            >
              {text.certificate.print}
            </Button>
            <span>{text.certificate.share}</span>
          </Group>
        )}
        <article className={classes.sheet} data-revoked={!isValid} aria-label={text.certificate.number(id)}>
          <div className={classes.frame}>
            <p className={classes.school}>
              <img src="/icon.svg" alt="" width={36} height={36} /> {brand.name}
            </p>
            <p className={classes.kind}>{text.certificate.title}</p>
            <p>{text.certificate.certifies}</p>
            <p className={classes.name}>{name}</p>
            <p>{text.certificate.completed}</p>
            <p className={classes.course}>{course_title}</p>
            <p>{text.certificate.on(format.day(completed_on))}</p>
            <p className={classes.number}>{text.certificate.number(id)}</p>
          </div>
        </article>
      </Page>
    </div>
  );
}
