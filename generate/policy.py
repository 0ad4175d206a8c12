#!/usr/bin/env python3
"""Writes polkit's descriptions of our actions.  usage: policy.py unix|api OUT ACCESS.TSV"""
import sys

HEAD = '''<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD PolicyKit Policy Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/PolicyKit/1/policyconfig.dtd">
<policyconfig>
  <vendor>Vireo</vendor>
'''


def action(name, description, message, everyone):
    return f'''  <action id="{name}">
    <description>{description}</description>
    <message>{message}</message>
    <defaults>
      <allow_any>{everyone}</allow_any>
      <allow_inactive>{everyone}</allow_inactive>
      <allow_active>{everyone}</allow_active>
    </defaults>
  </action>
'''


def main():
    kind, out_path, table = sys.argv[1:4]
    out = HEAD
    if kind == 'unix':
        out += action('org.libvirt.unix.monitor', 'Look at virtual machines of this system',
                      'System policy must allow looking at virtual machines', 'yes')
        out += action('org.libvirt.unix.manage', 'Manage virtual machines of this system',
                      'System policy must allow managing virtual machines', 'auth_admin_keep')
    else:
        with open(table, encoding='utf-8') as rows:
            for line in list(rows)[1:]:
                thing, permission, anonymous = line.rstrip('\n').split('\t')
                words = f'{permission} {thing}'.replace('_', ' ')
                out += action(f'org.libvirt.api.{thing}.{permission}'.replace('_', '-'), words.capitalize(),
                              f'Access to {thing.replace("_", " ")} requires the permission {permission.replace("_", " ")}',
                              'yes' if anonymous == 'yes' else 'no')
    with open(out_path, 'w', encoding='utf-8') as f:
        f.write(out + '</policyconfig>\n')


if __name__ == '__main__':
    main()
