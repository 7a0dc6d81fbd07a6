/// <reference lib="dom" />
import type uPlot from 'uplot'
import type { CurvesPayload, LawPayload } from './payload.js'

/**
 * The page's own script: choose law and neuron, theory over measurement with zoom and values under the pointer. It is put into the page by
 * `Function.prototype.toString`, so it may use nothing from outside but its argument and the browser.
 */
export function explorer(Plot: typeof uPlot): void {
  const element = (id: string): HTMLElement => {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`the page has no element ${id}`)
    return found
  }
  const select = (id: string): HTMLSelectElement => {
    const found = element(id)
    if (!(found instanceof HTMLSelectElement)) throw new Error(`${id} is no select element`)
    return found
  }
  const laws: LawPayload[] = JSON.parse(element('explore-data').textContent ?? '[]')
  const lawSelect = select('explore-law')
  const neuronSelect = select('explore-neuron')
  const decoded = new Map<CurvesPayload, number[][]>()
  let plots: uPlot[] = []

  const decode = (curves: CurvesPayload, length: number): number[][] => {
    const known = decoded.get(curves)
    if (known !== undefined) return known
    const bytes = Uint8Array.from(atob(curves.heights), (character) => character.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    const rows = curves.ranges.map(([low, high], row) =>
      Array.from({ length }, (_, index) => {
        const height = view.getUint16(2 * (row * length + index), true)
        return height === 65_535 ? Number.NaN : low + (height / 65_534) * (high - low)
      }),
    )
    decoded.set(curves, rows)
    return rows
  }
  const exponential = (value: number, digits: number): string => value.toExponential(digits).replace('e-', 'e−')
  const write = (value: number | null | undefined): string => {
    if (value === null || value === undefined || Number.isNaN(value)) return '–'
    const size = Math.abs(value)
    return size === 0
      ? '0'
      : size < 1e-3 || size >= 1e5
        ? value.toExponential(3).replace('-', '−').replace('e-', 'e−')
        : value.toPrecision(5).replace('-', '−')
  }
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

  const option = (value: number, text: string): HTMLOptionElement => {
    const made = document.createElement('option')
    made.value = String(value)
    made.textContent = text
    return made
  }
  const currentLaw = (): LawPayload | undefined => laws[Number(lawSelect.value)]

  const fillNeurons = (wanted?: number): void => {
    const law = currentLaw()
    if (law === undefined) return
    neuronSelect.replaceChildren(
      ...law.relative.map((relative, index) =>
        option(
          index,
          `${index}${index === law.worst ? ', largest' : ''} (residual ${relative === null ? 'not finite' : exponential(relative, 1)})`,
        ),
      ),
    )
    neuronSelect.value = String(wanted ?? law.worst)
  }

  const axesOf = (label: string): uPlot.Axis[] => {
    const look = {
      stroke: colour('--ink-soft'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
    }
    const ofY = (_: uPlot, values: number[]) =>
      values.map((value) =>
        value === null || value === undefined
          ? ''
          : Math.abs(value) < 1e-3 && value !== 0
            ? value.toExponential(0).replace('e-', 'e−')
            : String(Number(value.toPrecision(6))),
      )
    const ofLabels = (_: uPlot, values: string[] | null) =>
      Math.max(62, 30 + 7 * Math.max(0, ...(values ?? []).map((value) => value.length)))
    return [
      { ...look, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000] },
      { ...look, label, labelSize: 18, size: ofLabels, values: ofY },
    ]
  }
  /** As in the static figures, a charge that stays within 2 % of its size is drawn as the constant that it nearly is. */
  const rangeOfCharge = (_: uPlot, low: number | null, high: number | null): [number, number] => {
    if (low === null || high === null) return [0, 1]
    const size = Math.max(Math.abs(low), Math.abs(high))
    const margin = size === 0 ? 1 : Math.max((high - low) * 0.06, (0.02 * size - (high - low)) / 2)
    return [low - margin, high + margin]
  }
  const zoomTo = (min: number, max: number): void => {
    for (const plot of plots) plot.setScale('x', { min, max })
  }
  const make = (
    host: string,
    height: number,
    label: string,
    data: uPlot.AlignedData,
    series: uPlot.Series[],
    more: Partial<uPlot.Options>,
  ): uPlot => {
    const place = element(host)
    place.replaceChildren()
    let following = false
    const follow = (self: uPlot, scale: string): void => {
      const { min, max } = self.scales.x ?? {}
      if (scale !== 'x' || following || min === undefined || max === undefined || min === null || max === null) return
      following = true
      for (const other of plots)
        if (other !== self && (other.scales.x?.min !== min || other.scales.x?.max !== max)) other.setScale('x', { min, max })
      following = false
    }
    const options: uPlot.Options = {
      width: Math.max(240, place.clientWidth),
      height,
      cursor: { sync: { key: 'noether' }, drag: { x: true, y: false } },
      axes: axesOf(label),
      hooks: { setScale: [follow] },
      ...more,
      scales: { x: { time: false }, ...more.scales },
      series: [{ label: 'step' }, ...series],
    }
    return new Plot(options, data, place)
  }

  const show = (): void => {
    const law = currentLaw()
    if (law === undefined) return
    const neuron = Number(neuronSelect.value)
    const row = (curves: CurvesPayload): number[] => decode(curves, law.steps.length)[neuron] ?? []
    const measured = row(law.measured)
    const residual = row(law.residual)
    const band = row(law.band)
    const theory = measured.map((value, index) => value - (residual[index] ?? 0))
    // What is no number is a gap.
    const overSteps = (rows: number[][]): uPlot.AlignedData => [law.steps.slice(), ...rows.map((ys) => ys.map((y) => (Number.isFinite(y) ? y : null)))]
    const value = (_: uPlot, each: number | null) => write(each)
    const hidden: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false }, value }
    const halfWidth = (_: uPlot, __: number | null, ___: number, index: number | null) =>
      index === null ? '–' : `± ${write(band[index])}`
    const line = (label: string, variable: string, width: number): uPlot.Series => ({
      label,
      stroke: colour(variable),
      width,
      points: { show: false },
      value,
    })
    const bandOf = (lower: number[], upper: number[]) =>
      band.length === 0
        ? { data: [], series: [], bands: [] }
        : {
            data: [upper, lower],
            series: [
              { ...hidden, label: 'predicted error', value: halfWidth },
              { ...hidden, class: 'silent' },
            ],
            bands: [{ series: [1, 2] as [number, number], fill: colour('--band') }],
          }
    const about = bandOf(
      theory.map((q, i) => q - (band[i] ?? 0)),
      theory.map((q, i) => q + (band[i] ?? 0)),
    )
    const aroundZero = bandOf(
      band.map((half) => -half),
      band,
    )
    for (const plot of plots) plot.destroy()
    plots = []
    const narrow = element('explore-charge').clientWidth < 520
    plots = [
      make(
        'explore-charge',
        narrow ? 240 : 320,
        'charge q',
        overSteps([...about.data, measured, theory]),
        [...about.series, line('measured', '--measured', 6), line('theory', '--accent', 1.5)],
        { bands: about.bands, scales: { y: { range: rangeOfCharge } } },
      ),
      make(
        'explore-residual',
        180,
        'measured − theory',
        overSteps([...aroundZero.data, residual]),
        [...aroundZero.series, line('measured − theory', '--accent', 1.2)],
        { bands: aroundZero.bands },
      ),
    ]
    if (law.discrete.ranges.length > 0) {
      plots.push(
        make(
          'explore-discrete',
          160,
          'discrete law',
          overSteps([row(law.discrete)]),
          [line('relative residual of the exact discrete law', '--accent', 1.2)],
          {},
        ),
      )
    }
    element('explore-discrete').hidden = law.discrete.ranges.length === 0
    const begins = law.steps.findIndex((step) => step >= law.begins)
    const lost = residual.findIndex((each, index) => index >= begins && !Number.isFinite(each))
    const worst = residual.reduce((best, each, index) => (Math.abs(each) > Math.abs(residual[best] ?? 0) ? index : best), begins)
    const of = `${law.label}, neuron ${neuron} of ${law.neurons}`
    element('explore-reading').textContent =
      lost >= 0
        ? `${of}: the run or the solution is no finite number from step ${law.steps[lost] ?? 0} on.`
        : `${of}: measured minus theory is at most ${write(Math.abs(residual[worst] ?? 0))}, at step ${law.steps[worst] ?? 0}; ` +
          `that is ${write(law.relative[neuron])} of the largest charge${law.begins > 0 ? `; the theory begins at step ${law.begins}` : ''}.`
  }

  const move = (by: number): void => {
    const count = currentLaw()?.neurons ?? 1
    neuronSelect.value = String((Number(neuronSelect.value) + by + count) % count)
    show()
  }
  const zoom = (factor: number, shift: number): void => {
    const steps = currentLaw()?.steps ?? []
    const scale = plots[0]?.scales.x
    const first = steps[0] ?? 0
    const last = steps.at(-1) ?? 1
    const low = scale?.min ?? first
    const high = scale?.max ?? last
    const middle = (low + high) / 2 + shift * (high - low)
    const half = Math.min((factor * (high - low)) / 2, (last - first) / 2)
    const start = Math.max(first, Math.min(middle - half, last - 2 * half))
    zoomTo(start, start + 2 * half)
  }
  const buttons: Record<string, () => void> = {
    previous: () => move(-1),
    next: () => move(1),
    in: () => zoom(0.5, 0),
    out: () => zoom(2, 0),
    left: () => zoom(1, -0.25),
    right: () => zoom(1, 0.25),
    whole: () => zoom(1e9, 0),
  }
  for (const [name, action] of Object.entries(buttons)) element(`explore-${name}`).addEventListener('click', action)
  const wireGrid = (law: LawPayload, lawIndex: number): void => {
    document
      .getElementById(law.grid)
      ?.querySelectorAll('.small')
      .forEach((cell, neuron) => {
        cell.addEventListener('click', () => {
          lawSelect.value = String(lawIndex)
          fillNeurons(neuron)
          show()
          element('explore').scrollIntoView({ block: 'start' })
        })
      })
  }

  lawSelect.replaceChildren(...laws.map((law, index) => option(index, law.label)))
  lawSelect.addEventListener('change', () => {
    fillNeurons()
    show()
  })
  neuronSelect.addEventListener('change', show)
  laws.forEach(wireGrid)
  element('explore-tool').hidden = false
  element('explore-without').hidden = true
  const largest = (law: LawPayload | undefined): number =>
    law?.compared === true ? Math.max(0, ...law.relative.map((relative) => relative ?? Number.POSITIVE_INFINITY)) : -1
  const greatest = laws.reduce((best, law, index) => (largest(law) > largest(laws[best]) ? index : best), 0)
  lawSelect.value = String(greatest)
  fillNeurons()
  show()
  let width = element('explore-charge').clientWidth
  new ResizeObserver(() => {
    const now = element('explore-charge').clientWidth
    if (now === width || now === 0) return
    width = now
    for (const plot of plots) plot.setSize({ width: Math.max(240, now), height: plot.height })
  }).observe(element('explore-charge'))
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show)
}
