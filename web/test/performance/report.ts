// The shop's section of docs/performance.md. `make bench` writes the rest, and keeps this (bench/src/shop_section.rs).

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { resolve } from "node:path";

import { MOST_JAVASCRIPT } from "../build/budget.ts";

/** Of one page on one device: medians. */
export interface Row {
  page: string;
  device: string;
  /** Bytes as they were sent. */
  javascript: number;
  /** Milliseconds. */
  firstContentfulPaint: number;
  largestContentfulPaint: number;
  /** The sum of all shifts; 0 is none. https://web.dev/articles/cls */
  layoutShift: number;
}

const REPORT = resolve(import.meta.dirname, "../../../docs/performance.md");
const BEGIN = "<!-- make bench-web: begin -->";
const END = "<!-- make bench-web: end -->";

/** Writes the section in the place of the one before it. */
export function writeReport(rows: Row[], introduction: string): void {
  const old = readFileSync(REPORT, "utf8");
  const [before = "", rest = ""] = old.split(BEGIN);
  const [, after = ""] = rest.split(END);
  writeFileSync(REPORT, `${before.trimEnd()}\n\n${BEGIN}\n${section(rows, introduction)}${END}\n${after.trimStart()}`);
}

function section(rows: Row[], introduction: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores`;
  const budget = kilobytes(MOST_JAVASCRIPT);
  const lines = rows.map((row) => {
    const verdict = row.javascript <= MOST_JAVASCRIPT ? "met" : "**missed**";
    const times = [row.firstContentfulPaint, row.largestContentfulPaint].map((time) => time.toFixed(0));
    return `| ${[row.page, row.device, kilobytes(row.javascript), budget, verdict, ...times, row.layoutShift.toFixed(3)].join(" | ")} |`;
  });
  return [
    "## The shop",
    "",
    introduction,
    "",
    `${date}, ${machine}. Times are milliseconds.`,
    "",
    "| page | device | JavaScript kB | at most | | first contentful paint | largest contentful paint | layout shift |",
    "|---|---|--:|--:|---|--:|--:|--:|",
    ...lines,
    "",
  ].join("\n");
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}
