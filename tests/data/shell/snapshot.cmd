snapshot-list test
snapshot-create-as test s1 "first one"
snapshot-create-as test s3 --print-xml
snapshot-create-as test s3
snapshot-list test --name
snapshot-list test --parent
snapshot-list test --tree
snapshot-list test --roots
snapshot-list test --leaves
snapshot-list test --no-leaves
snapshot-list test --from s1
snapshot-list test --from s1 --descendants
snapshot-list test --current
snapshot-list test --metadata --internal
snapshot-current test --name
snapshot-current test --snapshotname s1
snapshot-info test s1
snapshot-info test --current
snapshot-parent test s3
snapshot-parent test s1
snapshot-parent test --current
snapshot-dumpxml test s1
snapshot-revert test s1
snapshot-revert test --current
snapshot-delete test s3
snapshot-delete test s1 --children-only
snapshot-delete test --current
snapshot-list test
snapshot-info test nope
snapshot-delete test
snapshot-current test
snapshot-create-as test --name m --memspec /tmp/x,snapshot=external --diskspec vda,file=/tmp/y --print-xml
snapshot-create-as test d2 --description hello --diskspec vda,snapshot=no --print-xml
