// Jest's globalSetup for the chart's tests.
import { ensureChartTools } from './tools.mjs'

/** Builds helm and fetches the schemas, unless the run only counts the tests. */
export default async function setUpChartTools() {
  if (process.env.TEST_WITHOUT_STACK !== '1') await ensureChartTools()
}
