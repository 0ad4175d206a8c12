/* The list of this driver's hypervisor operations: one row declares the function and fills the table's slot. */
#pragma once

#include <libvirt/libvirt-qemu.h>

#include "drivers/qemu/qemu.h"

#define QEMU_OPS(X)                                                                                \
    /* host.c */                                                                                   \
    X(connectGetType, qemu_get_type)                                                               \
    X(connectGetVersion, qemu_get_version)                                                         \
    X(connectGetHostname, qemu_get_hostname)                                                       \
    X(connectGetMaxVcpus, qemu_get_max_vcpus)                                                      \
    X(nodeGetSecurityModel, qemu_get_security_model)                                               \
    X(connectIsEncrypted, qemu_is_encrypted)                                                       \
    X(connectIsSecure, qemu_is_secure)                                                             \
    X(connectIsAlive, qemu_is_alive)                                                               \
    /* host/node.h */                                                                              \
    X(nodeGetInfo, vr_node_get_info)                                                               \
    X(nodeGetCPUStats, vr_node_get_cpu_stats)                                                      \
    X(nodeGetCPUMap, vr_node_get_cpu_map)                                                          \
    X(nodeGetMemoryStats, vr_node_get_memory_stats)                                                \
    X(nodeGetFreeMemory, vr_node_get_free_memory)                                                  \
    X(nodeGetCellsFreeMemory, vr_node_get_cells_free_memory)                                       \
    X(nodeGetFreePages, vr_node_get_free_pages)                                                    \
    X(nodeAllocPages, vr_node_alloc_pages)                                                         \
    X(nodeGetMemoryParameters, vr_node_get_memory_parameters)                                      \
    X(nodeSetMemoryParameters, vr_node_set_memory_parameters)                                      \
    X(nodeSuspendForDuration, vr_node_suspend)                                                     \
    X(connectGetSysinfo, vr_node_get_sysinfo)                                                      \
    /* capabilities.c, capabilities_domain.c */                                                    \
    X(connectGetCapabilities, qemu_get_capabilities)                                               \
    X(connectGetDomainCapabilities, qemu_get_domain_capabilities)                                  \
    X(connectGetCPUModelNames, qemu_get_cpu_model_names)                                           \
    X(connectBaselineCPU, qemu_baseline_cpu)                                                       \
    /* compare.c */                                                                                \
    X(connectCompareCPU, qemu_compare_cpu)                                                         \
    X(connectCompareHypervisorCPU, qemu_compare_hypervisor_cpu)                                    \
    X(connectBaselineHypervisorCPU, qemu_baseline_hypervisor_cpu)                                                       \
    /* events.c */                                                                                 \
    X(connectDomainEventRegister, qemu_domain_event_register)                                      \
    X(connectDomainEventDeregister, qemu_domain_event_deregister)                                  \
    X(connectDomainEventRegisterAny, qemu_domain_event_register_any)                               \
    X(connectDomainEventDeregisterAny, qemu_domain_event_deregister_any)                           \
    /* guest.c */                                                                                  \
    X(connectListDomains, qemu_list_domains)                                                       \
    X(connectNumOfDomains, qemu_num_of_domains)                                                    \
    X(connectListAllDomains, qemu_list_all_domains)                                                \
    X(connectListDefinedDomains, qemu_list_defined_domains)                                        \
    X(connectNumOfDefinedDomains, qemu_num_of_defined_domains)                                     \
    X(domainLookupByID, qemu_domain_lookup_by_id)                                                  \
    X(domainLookupByUUID, qemu_domain_lookup_by_uuid)                                              \
    X(domainLookupByName, qemu_domain_lookup_by_name)                                              \
    X(domainIsActive, qemu_domain_is_active)                                                       \
    X(domainIsPersistent, qemu_domain_is_persistent)                                               \
    X(domainIsUpdated, qemu_domain_is_updated)                                                     \
    X(domainGetInfo, qemu_domain_get_info)                                                         \
    X(domainGetState, qemu_domain_get_state)                                                       \
    X(domainGetXMLDesc, qemu_domain_get_xml_desc)                                                  \
    X(domainGetOSType, qemu_domain_get_os_type)                                                    \
    X(domainGetAutostart, qemu_domain_get_autostart)                                               \
    X(domainHasManagedSaveImage, qemu_domain_has_managed_save_image)                               \
    /* define.c */                                                                                 \
    X(domainDefineXML, qemu_domain_define_xml)                                                     \
    X(domainDefineXMLFlags, qemu_domain_define_xml_flags)                                          \
    X(domainUndefine, qemu_domain_undefine)                                                        \
    X(domainUndefineFlags, qemu_domain_undefine_flags)                                             \
    X(domainSetAutostart, qemu_domain_set_autostart)                                               \
    /* lifecycle.c */                                                                              \
    X(domainCreateXML, qemu_domain_create_xml)                                                     \
    X(domainCreate, qemu_domain_create)                                                            \
    X(domainCreateWithFlags, qemu_domain_create_with_flags)                                        \
    X(domainSuspend, qemu_domain_suspend)                                                          \
    X(domainResume, qemu_domain_resume)                                                            \
    X(domainShutdown, qemu_domain_shutdown)                                                        \
    X(domainShutdownFlags, qemu_domain_shutdown_flags)                                             \
    X(domainReboot, qemu_domain_reboot)                                                            \
    X(domainReset, qemu_domain_reset)                                                              \
    X(domainDestroy, qemu_domain_destroy)                                                          \
    X(domainDestroyFlags, qemu_domain_destroy_flags)                                               \
    X(domainInjectNMI, qemu_domain_inject_nmi)                                                     \
    X(domainGetControlInfo, qemu_domain_get_control_info)                                          \
    X(domainGetAutostartOnce, qemu_domain_get_autostart_once)                                      \
    X(domainSetAutostartOnce, qemu_domain_set_autostart_once)                                      \
    X(domainRename, qemu_domain_rename)                                                            \
    /* job.c */                                                                                    \
    X(domainGetJobInfo, qemu_domain_get_job_info)                                                  \
    X(domainGetJobStats, qemu_domain_get_job_stats)                                                \
    X(domainAbortJob, qemu_domain_abort_job)                                                       \
    X(domainAbortJobFlags, qemu_domain_abort_job_flags)                                            \
    /* save.c */                                                                                   \
    X(domainSave, qemu_domain_save)                                                                \
    X(domainSaveFlags, qemu_domain_save_flags)                                                     \
    X(domainSaveParams, qemu_domain_save_params)                                                   \
    X(domainRestore, qemu_domain_restore)                                                          \
    X(domainRestoreFlags, qemu_domain_restore_flags)                                               \
    X(domainRestoreParams, qemu_domain_restore_params)                                             \
    X(domainSaveImageGetXMLDesc, qemu_domain_save_image_get_xml_desc)                              \
    X(domainSaveImageDefineXML, qemu_domain_save_image_define_xml)                                 \
    X(domainManagedSave, qemu_domain_managed_save)                                                 \
    X(domainManagedSaveRemove, qemu_domain_managed_save_remove)                                    \
    X(domainManagedSaveGetXMLDesc, qemu_domain_managed_save_get_xml_desc)                          \
    X(domainManagedSaveDefineXML, qemu_domain_managed_save_define_xml)                             \
    /* dump.c */                                                                                   \
    X(domainCoreDump, qemu_domain_core_dump)                                                       \
    X(domainCoreDumpWithFormat, qemu_domain_core_dump_with_format)                                 \
    X(domainScreenshot, qemu_domain_screenshot)                                                    \
    /* hotplug.c */                                                                                \
    X(domainAttachDevice, qemu_domain_attach_device)                                               \
    X(domainAttachDeviceFlags, qemu_domain_attach_device_flags)                                    \
    X(domainDetachDevice, qemu_domain_detach_device)                                               \
    X(domainDetachDeviceFlags, qemu_domain_detach_device_flags)                                    \
    X(domainDetachDeviceAlias, qemu_domain_detach_device_alias)                                    \
    X(domainUpdateDeviceFlags, qemu_domain_update_device_flags)                                    \
    /* describe.c */                                                                               \
    X(domainGetMetadata, qemu_domain_get_metadata)                                                 \
    X(domainSetMetadata, qemu_domain_set_metadata)                                                 \
    X(domainSetLifecycleAction, qemu_domain_set_lifecycle_action)                                  \
    /* taint.c */                                                                                  \
    X(domainGetMessages, qemu_domain_get_messages)                                                 \
    /* keys.c */                                                                                   \
    X(domainSendKey, qemu_domain_send_key)                                                         \
    /* monitor.c */                                                                                \
    X(domainQemuMonitorCommand, qemu_domain_qemu_monitor_command)                                  \
    X(domainQemuMonitorCommandWithFiles, qemu_domain_qemu_monitor_command_with_files)              \
    X(connectDomainQemuMonitorEventRegister, qemu_connect_domain_qemu_monitor_event_register)      \
    X(connectDomainQemuMonitorEventDeregister, qemu_connect_domain_qemu_monitor_event_deregister)  \
    /* console.c */                                                                                \
    X(domainOpenConsole, qemu_domain_open_console)                                                 \
    X(domainOpenChannel, qemu_domain_open_channel)                                                 \
    X(domainOpenGraphics, qemu_domain_open_graphics)                                               \
    X(domainOpenGraphicsFD, qemu_domain_open_graphics_fd)                                          \
    X(domainGraphicsReload, qemu_domain_graphics_reload)                                          \
    /* agent_command.c */                                                                          \
    X(domainQemuAgentCommand, qemu_domain_qemu_agent_command)                                      \
    X(domainAgentSetResponseTimeout, qemu_domain_agent_set_response_timeout)                       \
    X(domainGetTime, qemu_domain_get_time)                                                         \
    X(domainSetTime, qemu_domain_set_time)                                                         \
    X(domainFSFreeze, qemu_domain_fs_freeze)                                                       \
    X(domainFSThaw, qemu_domain_fs_thaw)                                                           \
    X(domainFSTrim, qemu_domain_fs_trim)                                                           \
    X(domainSetUserPassword, qemu_domain_set_user_password)                                        \
    X(domainAuthorizedSSHKeysGet, qemu_domain_authorized_ssh_keys_get)                             \
    X(domainAuthorizedSSHKeysSet, qemu_domain_authorized_ssh_keys_set)                             \
    X(domainPMSuspendForDuration, qemu_domain_pm_suspend_for_duration)                             \
    X(domainPMWakeup, qemu_domain_pm_wakeup)                                                       \
    /* agent_info.c, agent_vcpus.c */                                                              \
    X(domainGetFSInfo, qemu_domain_get_fs_info)                                                    \
    X(domainGetGuestInfo, qemu_domain_get_guest_info)                                              \
    X(domainGetGuestVcpus, qemu_domain_get_guest_vcpus)                                            \
    X(domainSetGuestVcpus, qemu_domain_set_guest_vcpus)                                            \
    /* vcpus.c, pins.c */                                                                          \
    X(domainGetVcpusFlags, qemu_domain_get_vcpus_flags)                                            \
    X(domainGetMaxVcpus, qemu_domain_get_max_vcpus)                                                \
    X(domainSetVcpus, qemu_domain_set_vcpus)                                                       \
    X(domainSetVcpusFlags, qemu_domain_set_vcpus_flags)                                            \
    X(domainSetVcpu, qemu_domain_set_vcpu)                                                         \
    X(domainPinVcpu, qemu_domain_pin_vcpu)                                                         \
    X(domainPinVcpuFlags, qemu_domain_pin_vcpu_flags)                                              \
    X(domainGetVcpuPinInfo, qemu_domain_get_vcpu_pin_info)                                         \
    X(domainPinEmulator, qemu_domain_pin_emulator)                                                 \
    X(domainGetEmulatorPinInfo, qemu_domain_get_emulator_pin_info)                                 \
    X(domainGetVcpus, qemu_domain_get_vcpus)                                                       \
    /* iothreads.c */                                                                              \
    X(domainGetIOThreadInfo, qemu_domain_get_iothread_info)                                        \
    X(domainPinIOThread, qemu_domain_pin_iothread)                                                 \
    X(domainAddIOThread, qemu_domain_add_iothread)                                                 \
    X(domainDelIOThread, qemu_domain_del_iothread)                                                 \
    X(domainSetIOThreadParams, qemu_domain_set_iothread_params)                                    \
    /* tune.c */                                                                                   \
    X(domainGetMemoryParameters, qemu_domain_get_memory_parameters)                                \
    X(domainSetMemoryParameters, qemu_domain_set_memory_parameters)                                \
    X(domainGetNumaParameters, qemu_domain_get_numa_parameters)                                    \
    X(domainSetNumaParameters, qemu_domain_set_numa_parameters)                                    \
    X(domainGetBlkioParameters, qemu_domain_get_blkio_parameters)                                  \
    X(domainSetBlkioParameters, qemu_domain_set_blkio_parameters)                                  \
    /* schedule.c */                                                                               \
    X(domainGetSchedulerType, qemu_domain_get_scheduler_type)                                      \
    X(domainGetSchedulerParameters, qemu_domain_get_scheduler_parameters)                          \
    X(domainGetSchedulerParametersFlags, qemu_domain_get_scheduler_parameters_flags)               \
    X(domainSetSchedulerParameters, qemu_domain_set_scheduler_parameters)                          \
    X(domainSetSchedulerParametersFlags, qemu_domain_set_scheduler_parameters_flags)               \
    X(domainGetCPUStats, qemu_domain_get_cpu_stats)                                                \
    X(domainStartDirtyRateCalc, qemu_domain_start_dirty_rate_calc)                                 \
    /* perf.c */                                                                                   \
    X(domainGetPerfEvents, qemu_domain_get_perf_events)                                            \
    X(domainSetPerfEvents, qemu_domain_set_perf_events)                                            \
    /* fdgroup.c */                                                                                \
    X(domainFDAssociate, qemu_domain_fd_associate)                                                 \
    /* secure.c */                                                                                 \
    X(nodeGetSEVInfo, qemu_node_get_sev_info)                                                      \
    X(domainGetSecurityLabel, qemu_domain_get_security_label)                                      \
    X(domainGetSecurityLabelList, qemu_domain_get_security_label_list)                             \
    X(domainGetLaunchSecurityInfo, qemu_domain_get_launch_security_info)                           \
    X(domainSetLaunchSecurityState, qemu_domain_set_launch_security_state)                         \
    /* throttle.c */                                                                               \
    X(domainGetBlockIoTune, qemu_domain_get_block_io_tune)                                         \
    X(domainSetBlockIoTune, qemu_domain_set_block_io_tune)                                         \
    X(domainGetInterfaceParameters, qemu_domain_get_interface_parameters)                          \
    X(domainSetInterfaceParameters, qemu_domain_set_interface_parameters)                          \
    /* addresses.c */                                                                              \
    X(domainInterfaceAddresses, qemu_domain_interface_addresses)                                   \
    X(domainGetHostname, qemu_domain_get_hostname)                                                 \
    X(domainAnnounceInterface, qemu_domain_announce_interface)                                                 \
    /* stats.c */                                                                                  \
    X(connectGetAllDomainStats, qemu_get_all_domain_stats)                                         \
    /* block.c */                                                                                  \
    X(domainBlockStats, qemu_domain_block_stats)                                                   \
    X(domainBlockStatsFlags, qemu_domain_block_stats_flags)                                        \
    X(domainGetBlockInfo, qemu_domain_get_block_info)                                              \
    X(domainBlockResize, qemu_domain_block_resize)                                                 \
    X(domainBlockPeek, qemu_domain_block_peek)                                                     \
    X(domainMemoryPeek, qemu_domain_memory_peek)                                                   \
    X(domainGetDiskErrors, qemu_domain_get_disk_errors)                                            \
    X(domainSetBlockThreshold, qemu_domain_set_block_threshold)                                    \
    X(domainInterfaceStats, qemu_domain_interface_stats)                                           \
    /* balloon.c */                                                                                \
    X(domainGetMaxMemory, qemu_domain_get_max_memory)                                              \
    X(domainSetMaxMemory, qemu_domain_set_max_memory)                                              \
    X(domainSetMemory, qemu_domain_set_memory)                                                     \
    X(domainSetMemoryFlags, qemu_domain_set_memory_flags)                                          \
    X(domainSetMemoryStatsPeriod, qemu_domain_set_memory_stats_period)                             \
    X(domainMemoryStats, qemu_domain_memory_stats)                                                 \
    /* native.c */                                                                                 \
    X(connectDomainXMLToNative, qemu_domain_xml_to_native)

#define QEMU_DECLARE_OP(slot, function) extern __typeof__(*((const VrHypervisorOps *)0)->slot) function;
QEMU_OPS(QEMU_DECLARE_OP)
#undef QEMU_DECLARE_OP
