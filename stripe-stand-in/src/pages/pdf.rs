//! A PDF with one page of text (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>),
//! for invoices.

use std::fmt::Write;

/// A PDF page with these lines, from the top.
pub(super) fn pdf_of_lines(lines: &[String]) -> Vec<u8> {
    let mut text = String::from("BT /F1 11 Tf 16 TL 56 780 Td\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _never = writeln!(text, "({}) Tj T*", escape(line));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut places = String::from("0000000000 65535 f \n");
    for (number, object) in objects.iter().enumerate() {
        let _never = writeln!(places, "{:010} 00000 n ", file.len());
        let _never = writeln!(file, "{} 0 obj\n{object}\nendobj", number + 1);
    }
    let start = file.len();
    let size = objects.len() + 1;
    let _never =
        write!(file, "xref\n0 {size}\n{places}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

/// Encodes letters beyond ASCII in Windows code page 1252 and replaces others by a question mark.
fn escape(line: &str) -> String {
    let mut escaped = String::new();
    for letter in line.chars() {
        match letter {
            '(' | ')' | '\\' => escaped.extend(['\\', letter]),
            ' '..='~' => escaped.push(letter),
            '€' => escaped.push_str("\\200"),
            '\u{a0}'..='\u{ff}' => {
                let _never = write!(escaped, "\\{:03o}", u32::from(letter));
            }
            _ => escaped.push('?'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_xref_table_has_the_offsets_of_the_objects() {
        let file = String::from_utf8(pdf_of_lines(&["Invoice (1)".to_owned(), "1 × Größe €5".to_owned()])).unwrap();
        assert!(file.contains(r"(Invoice \(1\)) Tj") && file.contains(r"(1 \327 Gr\366\337e \2005) Tj"), "{file}");
        let start: usize = file.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let table = &file[start..];
        assert!(table.starts_with("xref\n0 6\n"));
        for (number, line) in table.lines().skip(3).take(5).enumerate() {
            let place: usize = line[..10].parse().unwrap();
            assert!(file[place..].starts_with(&format!("{} 0 obj", number + 1)), "{line}");
        }
    }
}
