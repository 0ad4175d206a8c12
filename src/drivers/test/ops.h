/* The list of this driver's hypervisor operations: one row declares the function and fills the table's slot. */
#pragma once

#include "drivers/test/test.h"

#define TEST_OPS(X)                                                                                \
    /* host.c */                                                                                   \
    X(connectSupportsFeature, test_supports_feature)                                               \
    X(connectGetType, test_get_type)                                                               \
    X(connectGetVersion, test_get_version)                                                         \
    X(connectGetHostname, test_get_hostname)                                                       \
    X(connectGetSysinfo, test_get_sysinfo)                                                         \
    X(connectGetMaxVcpus, test_get_max_vcpus)                                                      \
    X(connectIsEncrypted, test_is_encrypted)                                                       \
    X(connectIsSecure, test_is_secure)                                                             \
    X(connectIsAlive, test_is_alive)                                                               \
    X(connectGetCapabilities, test_get_capabilities)                                               \
    X(connectBaselineCPU, test_baseline_cpu)                                                       \
    X(connectGetCPUModelNames, test_get_cpu_model_names)                                           \
    X(nodeGetInfo, test_node_get_info)                                                             \
    X(nodeGetCPUStats, test_node_get_cpu_stats)                                                    \
    X(nodeGetFreeMemory, test_node_get_free_memory)                                                \
    X(nodeGetCellsFreeMemory, test_node_get_cells_free_memory)                                     \
    X(nodeGetCPUMap, test_node_get_cpu_map)                                                        \
    X(nodeGetFreePages, test_node_get_free_pages)                                                  \
    X(nodeGetSecurityModel, test_node_get_security_model)                                          \
    /* events.c */                                                                                 \
    X(connectDomainEventRegister, test_domain_event_register)                                      \
    X(connectDomainEventDeregister, test_domain_event_deregister)                                  \
    X(connectDomainEventRegisterAny, test_domain_event_register_any)                               \
    X(connectDomainEventDeregisterAny, test_domain_event_deregister_any)                           \
    /* domain.c */                                                                                 \
    X(connectListDomains, test_list_domains)                                                       \
    X(connectNumOfDomains, test_num_of_domains)                                                    \
    X(connectListAllDomains, test_list_all_domains)                                                \
    X(connectListDefinedDomains, test_list_defined_domains)                                        \
    X(connectNumOfDefinedDomains, test_num_of_defined_domains)                                     \
    X(domainLookupByID, test_domain_lookup_by_id)                                                  \
    X(domainLookupByUUID, test_domain_lookup_by_uuid)                                              \
    X(domainLookupByName, test_domain_lookup_by_name)                                              \
    X(domainIsActive, test_domain_is_active)                                                       \
    X(domainIsPersistent, test_domain_is_persistent)                                               \
    X(domainIsUpdated, test_domain_is_updated)                                                     \
    X(domainGetInfo, test_domain_get_info)                                                         \
    X(domainGetState, test_domain_get_state)                                                       \
    X(domainGetControlInfo, test_domain_get_control_info)                                          \
    X(domainGetXMLDesc, test_domain_get_xml_desc)                                                  \
    X(domainGetOSType, test_domain_get_os_type)                                                    \
    X(domainGetHostname, test_domain_get_hostname)                                                 \
    X(domainGetAutostart, test_domain_get_autostart)                                               \
    X(domainGetSecurityLabel, test_domain_get_security_label)                                      \
    X(domainGetMessages, test_domain_get_messages)                                                 \
    X(domainHasManagedSaveImage, test_domain_has_managed_save_image)                               \
    /* domain_lifecycle.c */                                                                       \
    X(domainCreateXML, test_domain_create_xml)                                                     \
    X(domainCreateXMLWithFiles, test_domain_create_xml_with_files)                                 \
    X(domainCreate, test_domain_create)                                                            \
    X(domainCreateWithFlags, test_domain_create_with_flags)                                        \
    X(domainCreateWithFiles, test_domain_create_with_files)                                        \
    X(domainSuspend, test_domain_suspend)                                                          \
    X(domainResume, test_domain_resume)                                                            \
    X(domainShutdown, test_domain_shutdown)                                                        \
    X(domainShutdownFlags, test_domain_shutdown_flags)                                             \
    X(domainReboot, test_domain_reboot)                                                            \
    X(domainReset, test_domain_reset)                                                              \
    X(domainDestroy, test_domain_destroy)                                                          \
    X(domainDestroyFlags, test_domain_destroy_flags)                                               \
    X(domainDefineXML, test_domain_define_xml)                                                     \
    X(domainDefineXMLFlags, test_domain_define_xml_flags)                                          \
    X(domainUndefine, test_domain_undefine)                                                        \
    X(domainUndefineFlags, test_domain_undefine_flags)                                             \
    X(domainRename, test_domain_rename)                                                            \
    X(domainSetAutostart, test_domain_set_autostart)                                               \
    /* domain_tune.c */                                                                            \
    X(domainGetMemoryParameters, test_domain_get_memory_parameters)                                \
    X(domainSetMemoryParameters, test_domain_set_memory_parameters)                                \
    X(domainGetNumaParameters, test_domain_get_numa_parameters)                                    \
    X(domainSetNumaParameters, test_domain_set_numa_parameters)                                    \
    X(domainGetPerfEvents, test_domain_get_perf_events)                                            \
    X(domainSetPerfEvents, test_domain_set_perf_events)                                            \
    X(domainGetSchedulerType, test_domain_get_scheduler_type)                                      \
    X(domainGetSchedulerParameters, test_domain_get_scheduler_parameters)                          \
    X(domainGetSchedulerParametersFlags, test_domain_get_scheduler_parameters_flags)               \
    X(domainSetSchedulerParameters, test_domain_set_scheduler_parameters)                          \
    X(domainSetSchedulerParametersFlags, test_domain_set_scheduler_parameters_flags)               \
    /* domain_blkio.c */                                                                           \
    X(domainGetBlkioParameters, test_domain_get_blkio_parameters)                                  \
    X(domainSetBlkioParameters, test_domain_set_blkio_parameters)                                  \
    /* domain_iotune.c */                                                                          \
    X(domainGetBlockIoTune, test_domain_get_block_io_tune)                                         \
    X(domainSetBlockIoTune, test_domain_set_block_io_tune)                                         \
    X(domainGetInterfaceParameters, test_domain_get_interface_parameters)                          \
    X(domainSetInterfaceParameters, test_domain_set_interface_parameters)                          \
    /* domain_vcpu.c */                                                                            \
    X(domainSetVcpus, test_domain_set_vcpus)                                                       \
    X(domainSetVcpusFlags, test_domain_set_vcpus_flags)                                            \
    X(domainGetVcpusFlags, test_domain_get_vcpus_flags)                                            \
    X(domainGetMaxVcpus, test_domain_get_max_vcpus)                                                \
    X(domainPinVcpu, test_domain_pin_vcpu)                                                         \
    X(domainPinVcpuFlags, test_domain_pin_vcpu_flags)                                              \
    X(domainGetVcpuPinInfo, test_domain_get_vcpu_pin_info)                                         \
    X(domainPinEmulator, test_domain_pin_emulator)                                                 \
    X(domainGetEmulatorPinInfo, test_domain_get_emulator_pin_info)                                 \
    X(domainGetVcpus, test_domain_get_vcpus)                                                       \
    X(domainGetCPUStats, test_domain_get_cpu_stats)                                                \
    /* domain_iothread.c */                                                                        \
    X(domainGetIOThreadInfo, test_domain_get_iothread_info)                                        \
    X(domainPinIOThread, test_domain_pin_iothread)                                                 \
    X(domainAddIOThread, test_domain_add_iothread)                                                 \
    X(domainDelIOThread, test_domain_del_iothread)                                                 \
    X(domainSetIOThreadParams, test_domain_set_iothread_params)                                    \
    /* domain_config.c */                                                                          \
    X(domainGetMaxMemory, test_domain_get_max_memory)                                              \
    X(domainSetMaxMemory, test_domain_set_max_memory)                                              \
    X(domainSetMemory, test_domain_set_memory)                                                     \
    X(domainSetMemoryFlags, test_domain_set_memory_flags)                                          \
    X(domainSetMemoryStatsPeriod, test_domain_set_memory_stats_period)                             \
    X(domainSetMetadata, test_domain_set_metadata)                                                 \
    X(domainGetMetadata, test_domain_get_metadata)                                                 \
    X(domainSetLifecycleAction, test_domain_set_lifecycle_action)                                  \
    /* domain_save.c */                                                                            \
    X(domainSave, test_domain_save)                                                                \
    X(domainSaveFlags, test_domain_save_flags)                                                     \
    X(domainRestore, test_domain_restore)                                                          \
    X(domainRestoreFlags, test_domain_restore_flags)                                               \
    X(domainSaveImageGetXMLDesc, test_domain_save_image_get_xml_desc)                              \
    X(domainSaveImageDefineXML, test_domain_save_image_define_xml)                                 \
    X(domainManagedSave, test_domain_managed_save)                                                 \
    X(domainManagedSaveRemove, test_domain_managed_save_remove)                                    \
    X(domainCoreDump, test_domain_core_dump)                                                       \
    X(domainCoreDumpWithFormat, test_domain_core_dump_with_format)                                 \
    /* domain_stats.c */                                                                           \
    X(connectGetAllDomainStats, test_get_all_domain_stats)                                         \
    X(domainBlockStats, test_domain_block_stats)                                                   \
    X(domainInterfaceStats, test_domain_interface_stats)                                           \
    X(domainMemoryStats, test_domain_memory_stats)                                                 \
    X(domainGetBlockInfo, test_domain_get_block_info)                                              \
    X(domainGetDiskErrors, test_domain_get_disk_errors)                                            \
    /* domain_guest.c */                                                                           \
    X(domainInjectNMI, test_domain_inject_nmi)                                                     \
    X(domainGetTime, test_domain_get_time)                                                         \
    X(domainSetTime, test_domain_set_time)                                                         \
    X(domainSetUserPassword, test_domain_set_user_password)                                        \
    X(domainFSTrim, test_domain_fs_trim)                                                           \
    X(domainFSFreeze, test_domain_fs_freeze)                                                       \
    X(domainFSThaw, test_domain_fs_thaw)                                                           \
    X(domainGetFSInfo, test_domain_get_fs_info)                                                    \
    X(domainSendKey, test_domain_send_key)                                                         \
    X(domainSendProcessSignal, test_domain_send_process_signal)                                    \
    X(domainMemoryPeek, test_domain_memory_peek)                                                   \
    X(domainInterfaceAddresses, test_domain_interface_addresses)                                   \
    X(domainGetLaunchSecurityInfo, test_domain_get_launch_security_info)                           \
    /* snapshot.c */                                                                               \
    X(domainSnapshotCreateXML, test_snapshot_create_xml)                                           \
    X(domainSnapshotGetXMLDesc, test_snapshot_get_xml_desc)                                        \
    X(domainSnapshotNum, test_snapshot_num)                                                        \
    X(domainSnapshotListNames, test_snapshot_list_names)                                           \
    X(domainListAllSnapshots, test_list_all_snapshots)                                             \
    X(domainSnapshotNumChildren, test_snapshot_num_children)                                       \
    X(domainSnapshotListChildrenNames, test_snapshot_list_children_names)                          \
    X(domainSnapshotListAllChildren, test_snapshot_list_all_children)                              \
    X(domainSnapshotLookupByName, test_snapshot_lookup_by_name)                                    \
    X(domainHasCurrentSnapshot, test_has_current_snapshot)                                         \
    X(domainSnapshotGetParent, test_snapshot_get_parent)                                           \
    X(domainSnapshotCurrent, test_snapshot_current)                                                \
    X(domainSnapshotIsCurrent, test_snapshot_is_current)                                           \
    X(domainSnapshotHasMetadata, test_snapshot_has_metadata)                                       \
    X(domainSnapshotDelete, test_snapshot_delete)                                                  \
    /* snapshot_revert.c */                                                                        \
    X(domainRevertToSnapshot, test_revert_to_snapshot)                                             \
    /* checkpoint.c */                                                                             \
    X(domainCheckpointCreateXML, test_checkpoint_create_xml)                                       \
    X(domainCheckpointGetXMLDesc, test_checkpoint_get_xml_desc)                                    \
    X(domainListAllCheckpoints, test_list_all_checkpoints)                                         \
    X(domainCheckpointListAllChildren, test_checkpoint_list_all_children)                          \
    X(domainCheckpointLookupByName, test_checkpoint_lookup_by_name)                                \
    X(domainCheckpointGetParent, test_checkpoint_get_parent)                                       \
    X(domainCheckpointDelete, test_checkpoint_delete)                                              \
    /* screenshot.c */                                                                             \
    X(domainScreenshot, test_domain_screenshot)

#define TEST_DECLARE_OP(slot, function) extern __typeof__(*((const VrHypervisorOps *)0)->slot) function;
TEST_OPS(TEST_DECLARE_OP)
#undef TEST_DECLARE_OP
