"""LaTeX source as papers: several files, the author's own macros, and nothing from outside the folder."""

from pathlib import Path

import pytest
from pylatexenc import latexwalker

from tools.library.ingest import BadEntry, read_papers
from tools.types import Paper


def outline(paper: Paper) -> list[tuple[int, str]]:
    return [(section.level, section.heading) for section in paper.sections]


MAIN = r"""\documentclass{article}
\newcommand{\ours}{FooNet\xspace} \def\eps{\varepsilon}
\title[short]{A Study of \ours: Deep {\bf Nets}\thanks{Funded}}
\author{Jane Doe\thanks{equal}\\ MIT \\ \texttt{j@mit.edu} \and Hans M\"uller$^{1}$, Ren\'e Roe}
\date{7 March 2024}
\begin{document}
\maketitle
\begin{abstract}We study \ours{} with $\eps>0$. % a comment
\end{abstract}
\section{Introduction}\label{sec:i}
Text \emph{here} \cite{a,b}, see~\ref{sec:i}. 50\% more. \unknown{kept}
\input{parts/method}
\begin{table}\caption{Results}\begin{tabular}{lr}\toprule Model & Acc \\ \midrule \ours & 0.9 \\ \bottomrule
\end{tabular}\end{table}
\begin{lstlisting}[language=C]
x = 1 % 2
\section{no heading}
\end{lstlisting}
\bibliography{refs}
\end{document} \section{After the end}
"""


def latex_folder(folder: Path, main: str = MAIN) -> Path:
    (folder / "parts").mkdir()
    (folder / "parts" / "method.tex").write_text("\\subsection{Method}\nWe use\n\\[ a = b \\]\n\nMore.\n")
    (folder / "main.bbl").write_text("\\begin{thebibliography}{9}\n\\bibitem{a} A. One.\n\\newblock Title. 2020.\n"
                                     "\\bibitem[B(20)]{b} B. Two.\n\\end{thebibliography}")  # fmt: skip
    (folder / "main.tex").write_text(main)
    return folder / "main.tex"


def test_latex_source_in_several_files(tmp_path: Path) -> None:
    [found] = read_papers(latex_folder(tmp_path))
    assert isinstance(found, Paper)
    assert (found.title, found.published) == ("A Study of FooNet: Deep Nets", "2024-03-07")
    assert found.authors == ("Jane Doe", "Hans Müller", "René Roe")
    assert found.abstract == r"We study FooNet with $\varepsilon>0$."
    assert outline(found) == [(1, "Introduction"), (2, "Method")]
    assert found.sections[0].text == "Text here [a,b], see [sec:i]. 50% more. kept"
    assert "\\[ a = b \\]" in found.sections[1].text
    assert "Results\n\n| Model | Acc |\n| FooNet | 0.9 |" in found.sections[1].text
    assert "```\nx = 1 % 2\n\\section{no heading}\n```" in found.sections[1].text
    assert found.references == ("A. One. Title. 2020.", "B. Two.")


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "parts/../../secret.tex", "link", "|ls", "/dev/zero"])
@pytest.mark.parametrize("macro", ["\\input{%s}", "\\include{%s}", "\\input %s "])
def test_files_outside_the_folder_are_not_included(tmp_path: Path, macro: str, path: str) -> None:
    (tmp_path / "secret.tex").write_text("the secret root:x:0")
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "link").symlink_to("/etc/passwd")
    main = latex_folder(
        folder, f"\\documentclass{{a}}\\title{{T}}\\begin{{document}}Words. {macro % path}\\end{{document}}"
    )
    entries = list(read_papers(main))
    assert "root:" not in "".join(entry.model_dump_json() for entry in entries)
    assert [entry.title for entry in entries if isinstance(entry, Paper)] == ["T"]
    assert any(isinstance(entry, BadEntry) and entry.note and path in entry.why for entry in entries)


def test_a_stored_upload_includes_nothing_that_lies_beside_it(tmp_path: Path) -> None:
    main = latex_folder(tmp_path)
    [found] = read_papers(main, name="paper.tex")
    assert isinstance(found, Paper)
    assert "Method" not in [section.heading for section in found.sections]


@pytest.mark.parametrize(
    "source",
    ["\\input{main}", "{" * 3_000, "$" * 2_001, "\\begin{itemize}" * 500, "\\frac", "\\section{", "\\def\\a{\\a\\a}\\a",
     "\\newcommand{\\ab}{\\cd\\cd}\\newcommand{\\cd}{\\ab\\ab}\\ab", "\\cite", "\\begin{tabular}", "\\verb",
     "\\url\\href"],
)  # fmt: skip
def test_latex_that_does_not_hold_together_still_has_its_words(tmp_path: Path, source: str) -> None:
    text = f"\\documentclass{{a}}\\title{{T}}\\begin{{document}}Before it.\n\n{source}\n\nAfter it.\\end{{document}}"
    found = next(entry for entry in read_papers(latex_folder(tmp_path, text)) if isinstance(entry, Paper))
    assert found.title == "T"
    assert "Before it." in found.model_dump_json()


@pytest.mark.parametrize("noise", ["\\\\", "{}", "$x$", "\\a", "& "])
def test_markup_without_words_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noise: str) -> None:
    """The parser takes 24 s for 2 MB of it."""
    parsed: list[str] = []
    whole = latexwalker.LatexWalker

    def walker(source: str, **options: bool) -> latexwalker.LatexWalker:
        parsed.append(source)
        return whole(source, **options)

    monkeypatch.setattr(latexwalker, "LatexWalker", walker)
    text = f"\\documentclass{{a}}\\title{{T}}\\begin{{document}}Before it.\n\n{noise * 100_000}\\end{{document}}"
    [found] = read_papers(latex_folder(tmp_path, text))
    assert "Before it." in found.model_dump_json()
    assert sum(map(len, parsed)) < 1_000
