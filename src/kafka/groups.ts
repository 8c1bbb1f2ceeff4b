import type { Admin } from 'kafkajs'

/** Members that a group has now; 0 also where there is no such group. */
export async function memberCount(admin: Pick<Admin, 'describeGroups'>, groupId: string): Promise<number> {
  const { groups } = await admin.describeGroups([groupId])
  return groups.reduce((sum, { members }) => sum + members.length, 0)
}
