/// <reference lib="dom" />
import type katex from 'katex'

/**
 * The script of a page whose formulas are typeset when they are about to be seen. Like the explorer it is put into the page as text, so it
 * may use nothing from outside but its argument and the browser.
 */
export function typesetter({ renderToString }: Pick<typeof katex, 'renderToString'>): void {
  const MARGIN = 1200
  const known = new Map<string, string>()
  const typeset = (place: Element): void => {
    const displayMode = place.classList.contains('formula')
    const source = place.textContent ?? ''
    const key = `${displayMode} ${source}`
    const html = known.get(key) ?? renderToString(source, { displayMode, throwOnError: false, strict: 'ignore', trust: false, maxExpand: 1000 + source.length })
    known.set(key, html)
    place.removeAttribute('data-tex')
    place.innerHTML = html
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        seen.unobserve(target)
        typeset(target)
      }
    },
    { rootMargin: `${MARGIN}px 0px` },
  )
  const places = [...document.querySelectorAll('[data-tex]')]
  // What is seen first is not shown twice; the others wait for their turn.
  const later = places.findIndex((place) => place.getBoundingClientRect().top > innerHeight + MARGIN)
  for (const [index, place] of places.entries()) {
    if (later < 0 || index < later) typeset(place)
    else seen.observe(place)
  }
  addEventListener('beforeprint', () => {
    for (const place of places) if (place.hasAttribute('data-tex')) typeset(place)
  })
}
