import { Button, TextInput } from "@mantine/core";
import { useCreateCertificate } from "@tuition/react";
import { useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import classes from "../course/Course.module.css";
import type { Course } from "../course/CourseLoader.tsx";
import { ErrorNotice } from "../errors/ErrorNotice.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";

/** For whoever has completed a course that has a certificate: the way to it. */
export function CertificatePanel({ course }: { course: Course }): ReactNode {
  const { text } = useI18n();
  const certificate = course.enrollment?.certificate_id ?? null;
  return (
    <section aria-labelledby="certificate" className={classes.offer}>
      <h2 id="certificate" className={classes.offerTitle}>
        {text.certificate.title}
      </h2>
      {certificate === null ? (
        <CertificateForm courseId={course.id} isPaid={course.category !== "free"} />
      ) : (
        <Button component={Link} to={`/certificates/${certificate}`} variant="default">
          {text.certificate.show}
        </Button>
      )}
    </section>
  );
}

function CertificateForm({ courseId, isPaid }: { courseId: string; isPaid: boolean }): ReactNode {
  const { text } = useI18n();
  const navigate = useNavigate();
  const create = useCreateCertificate(courseId);
  const [name, setName] = useState("");
  const isNamed = name.trim() !== "";
  return (
    <form
      className={classes.way}
      onSubmit={(event) => {
        event.preventDefault();
        if (isNamed) create.mutate(name.trim(), { onSuccess: ({ id }) => void navigate(`/certificates/${id}`) });
      }}
    >
      <p>{text.certificate.earned}</p>
      <TextInput
        label={text.certificate.name}
        value={name}
        maxLength={100}
        autoComplete="name"
        required
        onChange={({ target }) => setName(target.value)}
      />
      {isPaid && <p className={classes.note}>{text.certificate.refundNote}</p>}
      {create.error && <ErrorNotice error={create.error} />}
      <Button type="submit" loading={create.isPending}>
        {text.certificate.get}
      </Button>
    </form>
  );
}
