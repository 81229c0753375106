// Starts the application: TUITION_API_URL, TUITION_UPGRADE_URL, TUITION_FAIL_OPEN (`true` or not) and PORT.

import { createApp } from './app.js'
import { createGuard } from './tuition-guard.js'

const { TUITION_API_URL: apiUrl = '', TUITION_UPGRADE_URL: upgradeUrl = '', TUITION_FAIL_OPEN, PORT = '8080' } = process.env
const app = createApp(createGuard({ apiUrl, upgradeUrl, failOpen: TUITION_FAIL_OPEN === 'true' }))
app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`http://127.0.0.1:${PORT}`)
})
