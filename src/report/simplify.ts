export interface Point {
  readonly x: number
  readonly y: number
}

/** Distance of a point from the segment between two others. */
function distance({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / length))
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy)
}

/**
 * The points of a curve that it needs to be drawn the same: none that is left out lies further than `tolerance` from the line through those
 * kept (Douglas & Peucker 1973). The first and last point stay.
 */
export function simplify<P extends Point>(points: readonly P[], tolerance: number): readonly P[] {
  const kept = new Set([0, points.length - 1])
  const open: (readonly [number, number])[] = [[0, points.length - 1]]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [first, last] = part
    const [from, to] = [points[first], points[last]]
    if (from === undefined || to === undefined) continue
    let [furthest, greatest] = [first, tolerance]
    for (let index = first + 1; index < last; index += 1) {
      const point = points[index]
      const away = point === undefined ? 0 : distance(point, from, to)
      if (away > greatest) [furthest, greatest] = [index, away]
    }
    if (furthest === first) continue
    kept.add(furthest)
    open.push([first, furthest], [furthest, last])
  }
  return points.filter((_, index) => kept.has(index))
}
