const NAMED =
  'α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu µ mu ν nu ξ xi π pi ' +
  'ρ rho σ sigma ς varsigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega ' +
  'ϕ phi ϑ vartheta ϵ epsilon Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega ' +
  '∇ nabla ∂ partial ∑ sum ∏ prod ∫ int √ surd ∞ infty ⟨ langle ⟩ rangle ≤ le ≥ ge ' +
  '≠ ne ≈ approx ≡ equiv ∼ sim ∝ propto × times ' +
  '· cdot ± pm ∓ mp ÷ div ∘ circ ⊗ otimes ⊕ oplus ' +
  '→ to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ↦ mapsto ∈ in ∉ notin ⊂ subset ⊆ subseteq ∪ cup ∩ cap ∀ forall ∃ exists ∅ emptyset ' +
    '‖ Vert ⊤ top ⊥ perp ℓ ell ✓ checkmark ✔ checkmark'

/** Characters beyond Latin that math mode has a control word for (amssymb included), with that control word. */
export const MATH_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ...(NAMED.match(/\S+ \S+/gu) ?? []).map((pair): [string, string] => {
    const [character = '', name = ''] = pair.split(' ')
    return [character, `\\${name}`]
  }),
  ['−', '-'],
  ['ℝ', '\\mathbb{R}'],
  ['ℒ', '\\mathcal{L}'],
  ['½', '\\tfrac12'],
  ['°', '^\\circ'],
])
