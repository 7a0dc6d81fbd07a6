/** Looks of the roles and of axes, defined once in the preamble. */
export const PLOT_STYLES = String.raw`\definecolor{accent}{HTML}{0B5C9E}
\definecolor{measuredgrey}{HTML}{BCC7D0}
\definecolor{passed}{HTML}{00735C}
\definecolor{failed}{HTML}{B3400A}
\definecolor{skipped}{HTML}{5F6B76}
\pgfplotsset{
  every axis/.append style={
    axis line style={black!45, line width=0.4pt}, tick style={black!45, line width=0.4pt}, tick align=outside,
    tick label style={font=\footnotesize}, label style={font=\small}, title style={font=\small\bfseries, yshift=-2pt},
    axis x line*=bottom, axis y line*=left, scaled x ticks=false, scaled y ticks=true,
    every y tick scale label/.style={at={(axis description cs:0,1)}, anchor=south west, font=\footnotesize, inner sep=1pt},
    /pgf/number format/1000 sep={\,}, yticklabel style={/pgf/number format/fixed, /pgf/number format/precision=3},
  },
}
\tikzset{
  measured/.style={measuredgrey, line width=3.4pt, line cap=round, line join=round},
  theory/.style={accent, line width=0.7pt, line join=round},
  theory points/.style={accent, line width=0.8pt, mark=*, mark size=1.6pt},
  second points/.style={failed, line width=0.8pt, mark=square*, mark size=1.5pt},
  iterates points/.style={black!85, line width=0.3pt, mark=*, mark size=1.2pt},
  band/.style={draw=none, fill=accent, fill opacity=0.16},
  residual/.style={accent, line width=0.6pt, line join=round},
  second/.style={failed, line width=0.8pt},
  guide/.style={black!55, line width=0.5pt, dashed},
  field/.style={measuredgrey, line width=0.4pt},
}
\newcommand{\plotkey}[2]{\mbox{\tikz[baseline=-0.6ex]{#1}~#2}}`
