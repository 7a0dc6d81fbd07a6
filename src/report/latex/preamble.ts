import { PLOT_STYLES } from './plotStyle.js'

/** Packages of every TeX Live that has pgfplots; Latin Modern is taken where it is installed. */
export function preamble(kind: 'article' | 'book'): string {
  return String.raw`% Compile with: pdflatex -no-shell-escape, twice.
\documentclass[11pt,a4paper]{${kind === 'book' ? 'report' : 'article'}}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage[a4paper,left=27mm,right=27mm,top=25mm,bottom=28mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{graphicx,xcolor,array,booktabs,caption}
\usepackage{pgfplots}
\usepgfplotslibrary{groupplots}
\pgfplotsset{compat=1.14}
\usepackage[unicode,colorlinks=true,allcolors=accent]{hyperref}
${PLOT_STYLES}
\captionsetup{font=small,labelfont={bf,color=accent},margin=4mm,skip=7pt}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt plus 2pt}
\setlength{\emergencystretch}{4em}
\setlength{\jot}{5pt}
\renewcommand{\arraystretch}{1.18}
\renewcommand{\topfraction}{0.9}
\renewcommand{\bottomfraction}{0.8}
\renewcommand{\textfraction}{0.07}
\renewcommand{\floatpagefraction}{0.75}
\raggedbottom
\clubpenalty=10000 \widowpenalty=10000 \displaywidowpenalty=10000
\allowdisplaybreaks
% A formula as one box, shrunk to the given width if it is wider.
\newsavebox{\formulabox}
\newcommand{\fitto}[2]{\sbox{\formulabox}{$\displaystyle #2$}%
  \ifdim\wd\formulabox>\dimexpr#1\relax\resizebox{#1}{!}{\usebox{\formulabox}}\else\usebox{\formulabox}\fi}
\newcommand{\badge}[2]{{\setlength{\fboxsep}{2pt}\colorbox{#1!11}{\textcolor{#1}{\sffamily\bfseries\scriptsize #2}}}}
\newcommand{\verdictbox}[3]{\par\addvspace{6pt}{\setlength{\fboxsep}{0pt}\noindent\textcolor{#1}{\vrule width 3pt}%
  \colorbox{#1!8}{\setlength{\fboxsep}{8pt}%
  \colorbox{#1!8}{\parbox{\dimexpr\linewidth-19pt}{\textcolor{#1}{\sffamily\bfseries #2}\quad #3}}}}\par\addvspace{6pt}}
\newcommand{\resultlabel}[1]{\par\addvspace{8pt}\textcolor{accent}{\bfseries #1}\nopagebreak\par\nopagebreak}
\newcommand{\stepgroup}[1]{\par\addvspace{12pt}{\large\bfseries #1}\nopagebreak\par\nopagebreak}
\newcommand{\stephead}[2]{\par\addvspace{9pt}\leavevmode\llap{\textcolor{accent}{\small\bfseries #1}\hspace{0.9em}}#2\nopagebreak}
\newcommand{\stepcheck}[1]{\nopagebreak{\small\color{skipped}#1\par}}
\newenvironment{facts}{\begin{list}{}{\setlength{\labelwidth}{9.2em}\setlength{\leftmargin}{9.8em}\setlength{\itemsep}{1pt}%
  \setlength{\parsep}{0pt}\renewcommand{\makelabel}[1]{\textcolor{skipped}{##1}\hfil}}}{\end{list}}
\newcommand{\fact}[2]{\item[#1] #2}
\makeatletter
\renewcommand{\@listi}{\leftmargin\leftmargini \topsep 2pt \parsep 1pt \itemsep 2pt}
\makeatother
\AtBeginDocument{\abovedisplayskip=7pt plus 2pt \belowdisplayskip=7pt plus 2pt
  \abovedisplayshortskip=3pt plus 2pt \belowdisplayshortskip=6pt plus 2pt}`
}
